import type { Arm } from './scenario.ts';
import type { Violation } from './validate.ts';

/**
 * A load that asks for what its model does not do, in an arm; `varied` are the dotted keys of the matrix. A key that is
 * varied without effect would give arms that differ by name alone.
 */
export function loadConflict(arms: readonly Arm[], varied: readonly string[]): Violation | undefined {
  for (const { name, load } of arms) {
    const idle = varied.find((dotted) => isIdle(dotted, load.model));
    if (idle !== undefined) {
      const message = `matrix.${idle}: expected a key that has an effect, but ${name} has load.model ${load.model}; set load.model, or vary whole maps of load`;
      return { path: ['matrix', idle], target: 'key', message };
    }
    if (load.model === 'open' && load.open?.to !== undefined && load.messages !== undefined) {
      const message = `${name}: expected load.open.to without load.messages, got both; a number of messages has no end to climb to: leave one out`;
      return { path: ['load', 'open', 'to'], target: 'value', message };
    }
    if (load.saturation !== undefined && load.messages !== undefined) {
      const message = `${name}: expected no load.messages with load.model saturation, got ${load.messages}; a search ends when it knows the highest rate`;
      return { path: ['load', 'messages'], target: 'value', message };
    }
  }
  return undefined;
}

/** A search for saturation sends by the open loop's keys, too. */
function isIdle(dotted: string, model: Arm['load']['model']): boolean {
  if (dotted.startsWith('load.closed')) return model !== 'closed';
  if (dotted.startsWith('load.open')) return model === 'closed';
  return dotted.startsWith('load.saturation') && model !== 'saturation';
}
