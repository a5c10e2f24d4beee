/** The optional package, where somebody has installed it: a build of the library with a backend of its own. */
declare module '@tensorflow/tfjs-node' {
  export * from '@tensorflow/tfjs-core';
}
