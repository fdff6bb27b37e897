import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { startLink, type TcpLink } from '../faults/tcp-proxy.ts';
import { waitForProcessEnd } from '../postgres/process-state.ts';
import { connectPeer, type Peer, type PeerServer, startPeerServer } from './tcp-peers.ts';

/** Bound on waiting for something that must happen soon; only a broken product ever waits that long. */
const SOON = Object.freeze({ timeout: 10_000, interval: 10 });
const MANY = 200;
const MOST_KEPT_BYTES = 80 * 2 ** 20;

let server: PeerServer;
let link: TcpLink;
let clients: Peer[];

beforeEach(async () => {
  server = await startPeerServer('echo');
  link = await startLink(server);
  clients = [];
});

afterEach(async () => {
  for (const { socket } of clients) socket.destroy();
  await link[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

async function client(): Promise<Peer> {
  const peer = await connectPeer(link.port);
  clients.push(peer);
  return peer;
}

/** Connections through which something has gone back and forth. */
async function establish(count: number): Promise<readonly Peer[]> {
  const peers = await Promise.all(Array.from({ length: count }, client));
  for (const peer of peers) peer.socket.write('hello');
  await vi.waitFor(() => expect(peers.every(({ text }) => text === 'hello')).toBe(true), SOON);
  return peers;
}

/** Keeps bytes going round: whatever comes back is sent again. */
function loadForEver({ socket }: Peer): void {
  socket.on('data', (bytes: Buffer) => socket.writable && socket.write(bytes));
  socket.write(Buffer.alloc(30_000, 'x'));
}

/** Many connections, in the middle of sending and receiving. */
async function establishUnderLoad(): Promise<readonly Peer[]> {
  const peers = await establish(MANY);
  for (const peer of peers) loadForEver(peer);
  await vi.waitFor(() => expect(peers.every(({ receivedBytes }) => receivedBytes > 60_000)).toBe(true), SOON);
  return peers;
}

/** Time enough for anything that passes to have come through: round trips past the proxy. */
async function letTimePass(): Promise<void> {
  const past = await connectPeer(server.port);
  for (let trip = 1; trip <= 50; trip += 1) {
    past.socket.write('.');
    await vi.waitFor(() => expect(past.receivedBytes).toBe(trip), { ...SOON, interval: 1 });
  }
  past.socket.destroy();
}

/** Writes until nothing is taken any more; returns how much was. */
async function fillUp({ socket }: Peer): Promise<number> {
  const bytes = Buffer.alloc(2 ** 16);
  let taken = 0;
  const write = () => {
    while (taken < 2 * MOST_KEPT_BYTES && socket.write(bytes)) taken += bytes.length;
  };
  socket.on('drain', () => {
    taken += bytes.length;
    write();
  });
  write();
  for (let before = -1; before < taken; ) {
    before = taken;
    await letTimePass();
  }
  return taken;
}

async function roundTripMs({ socket }: Peer): Promise<number> {
  const startedMs = performance.now();
  socket.write('?');
  await once(socket, 'data');
  return performance.now() - startedMs;
}

function serverSideOf(text: string): Peer | undefined {
  return server.peers.find((peer) => peer.text.startsWith(text));
}

describe('open', () => {
  test('200 connections carry what they are given, in order, both ways', async () => {
    const peers = await Promise.all(Array.from({ length: MANY }, client));
    const sent = peers.map(() => randomBytes(200_000));
    for (const [index, { socket }] of peers.entries()) socket.end(sent[index] as Buffer);
    await vi.waitFor(() => expect(peers.every(({ isEnded }) => isEnded)).toBe(true), SOON);
    for (const [index, peer] of peers.entries()) expect(peer.received.equals(sent[index] as Buffer)).toBe(true);
    expect(peers.map(({ error }) => error)).toEqual(peers.map(() => undefined));
  });

  test('FIN of either side ends one direction alone', async () => {
    const [peer] = (await establish(1)) as [Peer];
    const [far] = server.peers as [Peer];
    far.socket.unpipe().resume();
    peer.socket.end('last words');
    await vi.waitFor(() => expect(far.isEnded).toBe(true), SOON);
    expect(far.text).toBe('hellolast words');
    far.socket.write('still here');
    await vi.waitFor(() => expect(peer.text).toBe('hellostill here'), SOON);
    expect(peer.isEnded).toBe(false);
    far.socket.end();
    await vi.waitFor(() => expect(peer.isEnded).toBe(true), SOON);
  });

  test('RST of either side reaches the other one', async () => {
    const [one, two] = (await establish(2)) as [Peer, Peer];
    const [farOne, farTwo] = server.peers as [Peer, Peer];
    farOne.socket.resetAndDestroy();
    two.socket.resetAndDestroy();
    await vi.waitFor(() => expect([farTwo.error, one.error]).toEqual(['ECONNRESET', 'ECONNRESET']), SOON);
  });

  test('a receiver that does not read holds the sender up, and gets all of it in the end', async () => {
    const [peer] = (await establish(1)) as [Peer];
    const [far] = server.peers as [Peer];
    far.socket.unpipe();
    far.socket.pause();
    const bytes = randomBytes(40 * 2 ** 20);
    peer.socket.end(bytes);
    await letTimePass();
    expect(peer.socket.writableFinished).toBe(false);
    far.socket.resume();
    await vi.waitFor(() => expect(far.isEnded).toBe(true), SOON);
    expect(far.received.subarray('hello'.length).equals(bytes)).toBe(true);
  });

  test('a target that is not there resets the client', async () => {
    await server[Symbol.asyncDispose]();
    const peer = await client();
    await vi.waitFor(() => expect(peer.error).toBe('ECONNRESET'), SOON);
    server = await startPeerServer('echo');
  });
});

describe.each([
  { state: 'cut', seen: (peer: Peer) => peer.isEnded && peer.error === undefined },
  { state: 'reset', seen: (peer: Peer) => peer.error === 'ECONNRESET' },
] as const)('$state', ({ state, seen }) => {
  test('under load all 200 connections end so on both sides, new ones are refused, and it heals at the same port', async () => {
    const peers = await establishUnderLoad();
    const far = [...server.peers];
    await link.set({ state });
    await vi.waitFor(() => expect(peers.filter(seen)).toHaveLength(MANY), SOON);
    await vi.waitFor(() => expect(far.filter(seen)).toHaveLength(MANY), SOON);
    await expect(client()).rejects.toThrow('ECONNREFUSED');
    await link.set({ state });
    await link.set({ state: 'open' });
    await establish(1);
    expect(server.peers).toHaveLength(MANY + 1);
  });

  test('what has gone into a black hole ends so, too', async () => {
    const [known] = (await establish(1)) as [Peer];
    await link.set({ state: 'black-hole' });
    const unknown = await client();
    unknown.socket.write('into the void');
    await link.set({ state });
    await vi.waitFor(() => expect([known, unknown].filter(seen)).toHaveLength(2), SOON);
    expect(server.peers).toHaveLength(1);
    await vi.waitFor(() => expect(server.peers.filter(seen)).toHaveLength(1), SOON);
  });
});

test('a connection that was cut and never closed by its client is reset when the link heals', async () => {
  const [peer] = (await establish(1)) as [Peer];
  await link.set({ state: 'cut' });
  await vi.waitFor(() => expect(peer.isEnded).toBe(true), SOON);
  expect(peer.socket.writable).toBe(true);
  await link.set({ state: 'open' });
  // Who has read the end reads no more, and learns of a reset when it writes.
  peer.socket.write('anybody?');
  await vi.waitFor(() => expect(peer.error).toMatch(/ECONNRESET|EPIPE/), SOON);
});

describe('black hole', () => {
  test('200 connections under load come to rest, and go on whole when it heals', async () => {
    const peers = await Promise.all(Array.from({ length: MANY }, client));
    const sent = peers.map(() => randomBytes(300_000));
    for (const [index, { socket }] of peers.entries()) socket.end(sent[index] as Buffer);
    await vi.waitFor(() => expect(peers.some(({ receivedBytes }) => receivedBytes > 0)).toBe(true), SOON);
    await link.set({ state: 'black-hole' });
    await letTimePass();
    const received = peers.map(({ receivedBytes }) => receivedBytes);
    await letTimePass();
    expect(peers.map(({ receivedBytes }) => receivedBytes)).toEqual(received);
    expect(received.some((bytes) => bytes < 300_000)).toBe(true);
    await link.set({ state: 'open' });
    await vi.waitFor(() => expect(peers.every(({ isEnded }) => isEnded)).toBe(true), SOON);
    for (const [index, peer] of peers.entries()) expect(peer.received.equals(sent[index] as Buffer)).toBe(true);
  });

  test('nobody is told anything: no bytes, no FIN, no RST; all of it comes when it heals', async () => {
    const [writes, ends, resets] = (await establish(3)) as [Peer, Peer, Peer];
    const far = [...server.peers];
    await link.set({ state: 'black-hole' });
    writes.socket.write('later');
    ends.socket.end();
    resets.socket.resetAndDestroy();
    await letTimePass();
    expect(far.map(({ text, isEnded, error }) => [text, isEnded, error])).toEqual(
      far.map(() => ['hello', false, undefined]),
    );
    await link.set({ state: 'open' });
    await vi.waitFor(() => expect(writes.text).toBe('hellolater'), SOON);
    await vi.waitFor(() => expect(far.filter(({ isEnded }) => isEnded)).toHaveLength(1), SOON);
    await vi.waitFor(() => expect(far.filter(({ error }) => error === 'ECONNRESET')).toHaveLength(1), SOON);
  });

  test('new connections are accepted, and reach the server when it heals', async () => {
    await link.set({ state: 'black-hole' });
    const [lives, gone] = [await client(), await client()];
    lives.socket.write('patience');
    gone.socket.resetAndDestroy();
    await letTimePass();
    // Those that measured the time.
    const before = server.peers.length;
    await link.set({ state: 'black-hole' });
    await link.set({ state: 'open' });
    await vi.waitFor(() => expect(lives.text).toBe('patience'), SOON);
    expect(server.peers).toHaveLength(before + 1);
  });

  test('the proxy takes only what its buffers hold', async () => {
    const [peer] = (await establish(1)) as [Peer];
    await link.set({ state: 'black-hole' });
    const bytes = randomBytes(40 * 2 ** 20);
    peer.socket.end(bytes);
    await letTimePass();
    expect(peer.socket.writableFinished).toBe(false);
    await link.set({ state: 'open' });
    await vi.waitFor(() => expect(peer.isEnded).toBe(true), SOON);
    expect(peer.received.subarray('hello'.length).equals(bytes)).toBe(true);
  });
});

describe('half-open', () => {
  test('requests arrive, replies do not; a connection that lost one is reset when it heals, another lives', async () => {
    const [asks, idle] = (await establish(2)) as [Peer, Peer];
    await link.set({ state: 'half-open' });
    asks.socket.write(' request');
    await vi.waitFor(() => expect(serverSideOf('hello request')).toBeDefined(), SOON);
    await letTimePass();
    expect([asks.text, asks.error]).toEqual(['hello', undefined]);
    await link.set({ state: 'open' });
    await vi.waitFor(() => expect(asks.error).toBe('ECONNRESET'), SOON);
    await vi.waitFor(() => expect(serverSideOf('hello request')?.error).toBe('ECONNRESET'), SOON);
    await roundTripMs(idle);
    expect(idle.text).toBe('hello?');
  });

  test('nor does the end of the server reach its client', async () => {
    const [peer] = (await establish(1)) as [Peer];
    const [far] = server.peers as [Peer];
    await link.set({ state: 'half-open' });
    far.socket.resetAndDestroy();
    await letTimePass();
    expect([peer.isEnded, peer.error]).toEqual([false, undefined]);
    await link.set({ state: 'open' });
    await vi.waitFor(() => expect(peer.error).toBe('ECONNRESET'), SOON);
  });

  test('a new connection is half-open as well', async () => {
    await link.set({ state: 'half-open' });
    const peer = await client();
    peer.socket.write('anybody?');
    await vi.waitFor(() => expect(serverSideOf('anybody?')).toBeDefined(), SOON);
    await letTimePass();
    expect(peer.receivedBytes).toBe(0);
  });
});

describe('latency', () => {
  test('every round trip takes twice the delay longer, on old and new connections', async () => {
    const [old] = (await establish(1)) as [Peer];
    await link.set({ state: 'latency', delayMs: 60 });
    const fresh = await client();
    for (const peer of [old, fresh]) {
      expect(await roundTripMs(peer)).toBeGreaterThanOrEqual(119);
      expect(await roundTripMs(peer)).toBeGreaterThanOrEqual(119);
    }
    await link.set({ state: 'open' });
    const durations: number[] = [];
    for (let trip = 0; trip < 5; trip += 1) durations.push(await roundTripMs(old));
    expect(Math.min(...durations)).toBeLessThan(60);
  });

  test('it delays, and does not slow down: a stream comes whole, in order and as one', async () => {
    const peers = await establish(50);
    await link.set({ state: 'latency', delayMs: 100 });
    const sent = peers.map(() => randomBytes(200_000));
    const startedMs = performance.now();
    for (const [index, { socket }] of peers.entries()) {
      const bytes = sent[index] as Buffer;
      for (let start = 0; start < bytes.length; start += 1_000) socket.write(bytes.subarray(start, start + 1_000));
      socket.end();
    }
    await vi.waitFor(() => expect(peers.every(({ isEnded }) => isEnded)).toBe(true), SOON);
    // A chunk at a time would take 50 × 0.2 s and more.
    expect(performance.now() - startedMs).toBeLessThan(5_000);
    for (const [index, peer] of peers.entries()) {
      expect(peer.received.subarray('hello'.length).equals(sent[index] as Buffer)).toBe(true);
    }
  });

  test('what is on its way when it heals arrives at once and in order', async () => {
    const [peer] = (await establish(1)) as [Peer];
    await link.set({ state: 'latency', delayMs: 60_000 });
    peer.socket.write(' slow');
    await letTimePass();
    expect(peer.text).toBe('hello');
    await link.set({ state: 'open' });
    peer.socket.write(' fast');
    await vi.waitFor(() => expect(peer.text).toBe('hello slow fast'), SOON);
  });
});

test('late replies: every round trip takes the delay longer, once', async () => {
  await using far = await startLink(server, { state: 'late-replies', delayMs: 60 });
  const peer = await connectPeer(far.port);
  clients.push(peer);
  const durations: number[] = [];
  for (let trip = 0; trip < 5; trip += 1) durations.push(await roundTripMs(peer));
  expect(Math.min(...durations)).toBeGreaterThanOrEqual(59);
  expect(Math.min(...durations)).toBeLessThan(110);
});

describe('bandwidth', () => {
  test('connections share it, each direction for itself', async () => {
    const [one, two] = (await establish(2)) as [Peer, Peer];
    await link.set({ state: 'bandwidth', bytesPerS: 200_000 });
    const startedMs = performance.now();
    const sent = [randomBytes(150_000), randomBytes(150_000)] as const;
    for (const [index, { socket }] of [one, two].entries()) socket.end(sent[index] as Buffer);
    await vi.waitFor(() => expect([one.isEnded, two.isEnded]).toEqual([true, true]), SOON);
    const durationMs = performance.now() - startedMs;
    // 300 kB at 200 kB/s; what was saved up may go at once.
    expect(durationMs).toBeGreaterThan(1_400);
    expect(durationMs).toBeLessThan(4_000);
    for (const [index, peer] of [one, two].entries()) {
      expect(peer.received.subarray('hello'.length).equals(sent[index] as Buffer)).toBe(true);
    }
  });

  test('what waits for it arrives at once when it heals', async () => {
    const [peer] = (await establish(1)) as [Peer];
    await link.set({ state: 'bandwidth', bytesPerS: 1 });
    peer.socket.end('a sentence of a few words');
    await letTimePass();
    await link.set({ state: 'bandwidth', bytesPerS: 2 });
    await link.set({ state: 'open' });
    await vi.waitFor(() => expect(peer.text).toBe('helloa sentence of a few words'), SOON);
  });
});

test.each([
  { state: 'open' },
  { state: 'latency', delayMs: 10 },
  { state: 'bandwidth', bytesPerS: 1_000 },
  { state: 'black-hole' },
] as const)('$state: of what the receiver does not take the proxy keeps little', async (state) => {
  const [peer] = (await establish(1)) as [Peer];
  const [far] = server.peers as [Peer];
  far.socket.unpipe().pause();
  await link.set(state);
  // Both kernel buffers of both connections take part, 10 MB each where they are large.
  expect(await fillUp(peer)).toBeLessThan(MOST_KEPT_BYTES);
});

describe('the process of the proxy', () => {
  test('does not outlive a harness that was killed', async () => {
    const file = fileURLToPath(new URL('proxy-orphan-parent.ts', import.meta.url));
    const parent = spawn(process.execPath, [file, String(server.port)], { stdio: ['ignore', 'pipe', 'inherit'] });
    const [line] = await once(createInterface({ input: parent.stdout }), 'line');
    const { pid, port } = JSON.parse(line);
    (await connectPeer(port)).socket.destroy();
    parent.kill('SIGKILL');
    expect(await waitForProcessEnd(pid, 5_000)).toBe(true);
  });

  test('when it has ended, that is said', async () => {
    process.kill(link.pid, 'SIGKILL');
    await expect(link.set({ state: 'cut' })).rejects.toThrow('the network proxy has ended (SIGKILL)');
    await expect(link.set({ state: 'open' })).rejects.toThrow('the network proxy has ended (SIGKILL)');
  });

  test('is gone when the link is disposed, and its connections with it', async () => {
    const [peer] = (await establish(1)) as [Peer];
    await link[Symbol.asyncDispose]();
    expect(await waitForProcessEnd(link.pid, 1_000)).toBe(true);
    await vi.waitFor(() => expect(peer.isEnded || peer.error === 'ECONNRESET').toBe(true), SOON);
  });
});
