import { expect, test } from 'vitest';
import { connectionOutlook, connectionRoom } from './connection-outlook.ts';

const postgres = { provider: 'auto', maxConnections: 100, image: '', settings: {} } as const;
const room = connectionRoom(postgres);
const split = { workers: 2, poolMode: 'split' } as const;

test('of 100 connections 97 are for the server; settings may reserve others', () => {
  expect(room).toEqual({ maxConnections: 100, reserved: 3, usable: 97 });
  const settings = { superuser_reserved_connections: '5', reserved_connections: '10' };
  expect(connectionRoom({ ...postgres, settings })?.usable).toBe(85);
  expect(connectionRoom({ ...postgres, maxConnections: 'any' })).toBeUndefined();
});

test('a budget is refused from the first connection on that is too many, with the largest that fits', () => {
  expect(connectionOutlook({ ...split, poolSize: 80 }, room)).toEqual({
    budget: { total: 76, async: 45, regular: 31 },
    refusal: undefined,
  });
  expect(connectionOutlook({ ...split, poolSize: 103 }, room).refusal).toBeUndefined();
  expect(connectionOutlook({ ...split, poolSize: 104 }, room).refusal).toBe(
    '1 too many; poolSize 103 is the most that fits',
  );
  expect(connectionOutlook({ ...split, poolSize: 1000 }, undefined).refusal).toBeUndefined();
});

test('every worker needs a connection of each kind it has', () => {
  expect(connectionOutlook({ ...split, workers: 4, poolSize: 8 }, room).refusal).toMatch(/^each of 4 workers/);
  expect(connectionOutlook({ workers: 4, poolSize: 8, poolMode: 'unified' }, room).refusal).toBeUndefined();
});
