import type { LinkState } from './fault.ts';
import { TokenBucket } from './token-bucket.ts';

/** What happens to the bytes of one direction. */
export type Passage =
  | { readonly kind: 'pass' }
  /** Nothing is read any more; what was read is kept. */
  | { readonly kind: 'hold' }
  /** Read and thrown away; the connection can never be made whole again. */
  | { readonly kind: 'swallow' }
  | { readonly kind: 'delay'; readonly delayMs: number }
  | { readonly kind: 'limit'; readonly bucket: TokenBucket };

/** Of the two directions of a connection. */
export interface Passages {
  readonly toServer: Passage;
  readonly toClient: Passage;
}

/** A state that ends connections and refuses new ones. */
type EndingState = Extract<LinkState, { readonly state: 'cut' | 'reset' }>;

export function endsConnections(link: LinkState): link is EndingState {
  return link.state === 'cut' || link.state === 'reset';
}

/** What a state does to all connections; those of one call share its bandwidth, each direction for itself. */
export function passagesOf(link: Exclude<LinkState, EndingState>): Passages {
  switch (link.state) {
    case 'open':
      return { toServer: { kind: 'pass' }, toClient: { kind: 'pass' } };
    case 'black-hole':
      return { toServer: { kind: 'hold' }, toClient: { kind: 'hold' } };
    case 'half-open':
      return { toServer: { kind: 'pass' }, toClient: { kind: 'swallow' } };
    case 'latency': {
      const delay = { kind: 'delay', delayMs: link.delayMs } as const;
      return { toServer: delay, toClient: delay };
    }
    case 'late-replies':
      return { toServer: { kind: 'pass' }, toClient: { kind: 'delay', delayMs: link.delayMs } };
    case 'bandwidth':
      return {
        toServer: { kind: 'limit', bucket: new TokenBucket(link.bytesPerS) },
        toClient: { kind: 'limit', bucket: new TokenBucket(link.bytesPerS) },
      };
  }
}
