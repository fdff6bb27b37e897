/** What the server's processes hold together at one moment. */
export interface ResourceSample {
  /** Since the start of the run. */
  readonly atMs: number;
  readonly processes: number;
  readonly rssBytes: number;
  /** Files and sockets that are open. */
  readonly descriptors: number;
  readonly threads: number;
  /** Since the processes began. */
  readonly cpuUs: number;
}

/** The processes while they have nothing to do. */
export interface IdleReading extends ResourceSample {
  /** CPU time of all processes in one second before this moment, as a share of one core: the least of several tries. */
  readonly cpuShare: number;
}

export interface ResourceSamples {
  readonly samples: readonly ResourceSample[];
  /** The first was taken before the load, the last after the drain. */
  readonly idle: readonly IdleReading[];
}
