import type { ProfileRecord } from '../report/profile-record.ts';
import type { ServerLaunch } from '../target/server-launch.ts';

/** Looks into a server while one run of it is measured. */
export interface ServerProfiler {
  /** How the server is to be started, so that it can be looked into. */
  readonly launch: ServerLaunch;
  /** The measured window begins; further calls change nothing. */
  begin(): void;
  /** It is over: nothing disturbs the server any more when this resolves. */
  end(): Promise<void>;
  /**
   * Once the server has ended: writes what was seen into `profile/` of the report folder. What went wrong is told in the
   * record, for the rest of the report is good all the same.
   */
  write(reportFolder: string): Promise<ProfileRecord>;
}
