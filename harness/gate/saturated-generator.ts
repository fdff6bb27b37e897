import { generatorLimit } from '../measure/generator-limit.ts';
import type { Block } from './run-block.ts';
import type { Slice } from './slice.ts';

/**
 * Says for which arms the process that makes the load had nothing left to give: there two versions look alike although they
 * are not. One sentence an arm and side; none when the servers set the pace.
 */
export function saturatedGenerator(blocks: readonly Block[]): readonly string[] {
  const slices = blocks.flatMap((block) => block.slices);
  return [...Map.groupBy(slices, ({ arm, side }) => `${arm}, ${side}`)].flatMap(([name, own]) => {
    const reason = generatorLimit({
      eventLoopUtilization: meanOverTime(own, ({ generatorEventLoop, windowUs }) => generatorEventLoop * windowUs),
      cpuCores: meanOverTime(own, ({ generatorCpuUs }) => generatorCpuUs),
      wakeLagUs: null,
    });
    return reason === undefined ? [] : [`${name}: ${reason}, so this may be its speed and not the server's`];
  });
}

function meanOverTime(slices: readonly Slice[], amountOf: (slice: Slice) => number): number {
  const time = slices.reduce((sum, { windowUs }) => sum + windowUs, 0);
  return time > 0 ? slices.reduce((sum, slice) => sum + amountOf(slice), 0) / time : 0;
}
