import type { WeightsFile } from '../models/network-weights.ts';

/** The weights as a source file, as it is shipped. */
export const weightsModule = ({ features, levels, hidden, seed, values }: WeightsFile): string =>
  `// Written by \`npm run pretrain\`: see docs/MODEL_CARD.md.
import type { WeightsFile } from './network-weights.ts';

export const SHIPPED_WEIGHTS: WeightsFile = {
  v: 1,
  features: '${features}',
  levels: [${levels.join(', ')}],
  hidden: ${hidden},
  seed: ${seed},
  values:
    '${values}',
};
`;
