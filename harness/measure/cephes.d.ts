/** The part of https://github.com/nearform/node-cephes that is used; the package brings no types. */
declare module 'cephes' {
  const cephes: {
    /** Student's t distribution function of `k` degrees of freedom. */
    readonly stdtr: (k: number, t: number) => number;
    /** Its inverse; throws RangeError unless 0 < p < 1. */
    readonly stdtri: (k: number, p: number) => number;
    readonly ndtr: (z: number) => number;
    readonly ndtri: (p: number) => number;
  };
  // biome-ignore lint/style/noDefaultExport: the package is CommonJS, and this is how Node.js gives it
  export default cephes;
}
