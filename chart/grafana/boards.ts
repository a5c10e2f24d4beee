import type { Builder } from '@grafana/grafana-foundation-sdk/cog';
import {
  AnnotationQueryBuilder,
  CustomVariableBuilder,
  DashboardBuilder,
  DatasourceVariableBuilder,
  QueryVariableBuilder,
  VariableRefresh,
  VariableSort,
  type Dashboard,
  type Panel,
} from '@grafana/grafana-foundation-sdk/dashboard';
import { target } from './panels.ts';
import { choicesOf, decisionsOf, type Language } from './query.ts';

const DATASOURCE = { type: 'influxdb', uid: '${datasource}' };

export type BoardWish = {
  readonly uid: string;
  readonly title: string;
  readonly says: string;
  readonly from: string;
  readonly to: string;
  readonly panels: (language: Language) => readonly Builder<Panel>[];
  /** Whether one component is looked at. */
  readonly ofOne: boolean;
};

/** A board over InfluxDB; nobody edits it in Grafana, since the next upgrade would undo that. */
export function board(wish: BoardWish, language: Language): Dashboard {
  const suffix = language === 'flux' ? '' : '-influxql';
  const builder = new DashboardBuilder(wish.title)
    .uid(`${wish.uid}${suffix}`)
    .description(wish.says)
    .tags(['self-scaling'])
    .readonly()
    .timezone('browser')
    .time({ from: wish.from, to: wish.to })
    .refresh('1m')
    .withVariable(
      new DatasourceVariableBuilder('datasource').label('Data source').type('influxdb'),
    );
  if (wish.ofOne) {
    for (const variable of componentVariables(language)) builder.withVariable(variable);
    builder.annotation(decisions(language));
  }
  wish.panels(language).forEach((panel) => builder.withPanel(panel));
  const built = builder.build();
  (built.panels ?? []).forEach((panel, index) => Object.assign(panel, { id: index + 1 }));
  return built;
}

const choice = (name: string, label: string, query: string, language: Language) =>
  new QueryVariableBuilder(name)
    .label(label)
    .datasource(DATASOURCE)
    .query(language === 'flux' ? { query } : { query, rawQuery: true })
    .definition(query)
    .refresh(VariableRefresh.OnTimeRangeChanged)
    // oxlint-disable-next-line unicorn/no-array-sort -- a builder, no array
    .sort(VariableSort.AlphabeticalAsc);

const componentVariables = (language: Language) => [
  choice('namespace', 'Namespace', choicesOf('namespace', {}, language), language),
  choice(
    'component',
    'Component',
    choicesOf('component', { namespace: '${namespace}' }, language),
    language,
  ),
  new CustomVariableBuilder('resource').label('Resource').values('cpu,memory'),
];

const decisions = (language: Language) =>
  new AnnotationQueryBuilder()
    .name('Decisions')
    .enable(true)
    .datasource(DATASOURCE)
    .iconColor('purple')
    .target(target(decisionsOf(language), 'Decisions', language));
