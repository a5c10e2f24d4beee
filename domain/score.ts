import type { ComponentKey, Resource } from './component.ts';
import type { EpochMs } from './units.ts';

/** How well one model did on one component's own past. All errors are scaled by the seasonal difference. */
export type Score = {
  readonly key: ComponentKey;
  readonly resource: Resource;
  readonly model: string;
  /** Steps ahead, 1 to 96: a forecast that was issued, against what came. 0 = a trial at training, over the whole horizon. */
  readonly lead: number;
  /** The day of scoring, its first instant in UTC. */
  readonly at: EpochMs;
  /** In the series' unit. */
  readonly mae: number;
  readonly mase: number;
  /** Scaled quantile loss: mean over the levels of twice the pinball loss. */
  readonly pinball: number;
  /** Share of truths within q10..q90. */
  readonly coverage: number;
  /** 1 - pinball / pinball of seasonal naive. */
  readonly skill: number;
  /** Scored steps. */
  readonly n: number;
  /** Mean of (truth - median) / scale; of issued forecasts only. */
  readonly bias?: number;
  /** Share of truths up to q90; of issued forecasts only. */
  readonly belowQ90?: number;
};
