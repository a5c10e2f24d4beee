/** Rows to learn from. The arrays belong to the source, which may overwrite them at the next call. */
export type Batch = {
  readonly rows: number;
  /** `[rows][INPUTS]`. */
  readonly inputs: Float32Array;
  /** `[rows][OFFERS]`. */
  readonly offers: Float32Array;
  /** `[rows]`, in z; observed ones only. */
  readonly targets: Float32Array;
  /** `[rows]`: how much each counts. */
  readonly importance: Float32Array;
};

export interface RowSource {
  next(): Batch;
}

export type TrainJob = {
  readonly hidden: number;
  /** Where training starts from, in the layout of the network's weights. */
  readonly weights: Float32Array;
  readonly rows: RowSource;
  readonly steps: number;
  /** Of Adam, at its highest. */
  readonly rate: number;
  readonly pull?: Pull;
  /** Asked before every step; `true` ends the training. The weights are overwritten by the next step. */
  readonly isEnough?: (weights: Float32Array, step: number) => boolean;
};

/** Holds weights near others, by the squared distance. */
export type Pull = { readonly to: Float32Array; readonly strength: number };

export type TrainedWeights = {
  readonly weights: Float32Array;
  /** Mean loss of the last steps. */
  readonly loss: number;
  /** What the engine held when the first steps were over, and at the end: equal, unless it leaks. */
  readonly tensors: readonly [number, number];
};

/** What learns. The caller may abort between steps; half-trained weights are never returned. */
export interface TrainingEngine {
  readonly name: 'native' | 'wasm';
  train(job: TrainJob, signal: AbortSignal): Promise<TrainedWeights>;
}
