import type { Builder, Dataquery } from '@grafana/grafana-foundation-sdk/cog';
import {
  VisibilityMode,
  GraphDrawStyle,
  LineInterpolation,
} from '@grafana/grafana-foundation-sdk/common';
import { PanelBuilder as Stat } from '@grafana/grafana-foundation-sdk/stat';
import { PanelBuilder as Table } from '@grafana/grafana-foundation-sdk/table';
import { PanelBuilder as TimeSeries } from '@grafana/grafana-foundation-sdk/timeseries';
import { textOf, type Language, type Question } from './query.ts';

const DATASOURCE = { type: 'influxdb', uid: '${datasource}' };
const BAND_OPACITY = 15;

export type PanelWish = {
  readonly title: string;
  readonly says: string;
  readonly unit: string;
  readonly questions: readonly Question[];
  /** Of 24 columns. */
  readonly width: number;
};

/** A query as Grafana's InfluxDB data source reads it; the library has no builder for it. */
export function target(query: string, refId: string, language: Language): Builder<Dataquery> {
  const rest = language === 'flux' ? {} : { rawQuery: true, resultFormat: 'time_series' };
  const built = { refId, query, datasource: DATASOURCE, ...rest };
  return { build: () => ({ ...built, _implementsDataqueryVariant: noMethod() }) };
}

/** The library wants a method that JSON leaves out again. */
const noMethod = (): (() => void) => () => undefined;

const targetsOf = (questions: readonly Question[], language: Language): Builder<Dataquery>[] =>
  questions.map((question, index) =>
    target(textOf(question, language), String.fromCharCode('A'.charCodeAt(0) + index), language),
  );

/** Lines over time. `band` names the fields between which the forecast probably lies. */
export function lines(
  { title, says, unit, questions, width }: PanelWish,
  language: Language,
  band?: { readonly low: string; readonly high: string },
): TimeSeries {
  const panel = new TimeSeries()
    .title(title)
    .description(says)
    .datasource(DATASOURCE)
    .unit(unit)
    .span(width)
    .height(HEIGHT)
    .drawStyle(GraphDrawStyle.Line)
    .lineInterpolation(LineInterpolation.Linear)
    .showPoints(VisibilityMode.Never)
    .targets(targetsOf(questions, language));
  if (band === undefined) return panel;
  return panel
    .overrideByRegexp(`.*${band.high}.*`, [
      { id: 'custom.fillBelowTo', value: band.low },
      { id: 'custom.fillOpacity', value: BAND_OPACITY },
      { id: 'custom.lineWidth', value: 0 },
    ])
    .overrideByRegexp(`.*${band.low}.*`, [{ id: 'custom.lineWidth', value: 0 }]);
}

/** One number. */
export const number = (
  { title, says, unit, questions, width }: PanelWish,
  language: Language,
): Stat =>
  new Stat()
    .title(title)
    .description(says)
    .datasource(DATASOURCE)
    .unit(unit)
    .span(width)
    .height(HEIGHT / 2)
    .targets(targetsOf(questions, language));

/** A row for each component. */
export const rows = (
  { title, says, unit, questions, width }: PanelWish,
  language: Language,
): Table =>
  new Table()
    .title(title)
    .description(says)
    .datasource(DATASOURCE)
    .unit(unit)
    .span(width)
    .height(HEIGHT)
    .targets(targetsOf(questions, language));

const HEIGHT = 8;
