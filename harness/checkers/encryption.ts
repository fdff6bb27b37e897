import { CLEARTEXT_PLACES } from '../history/cleartext.ts';
import { isMissing, type RunEvidence } from '../history/evidence.ts';
import { OUTCOME_CODE } from '../history/item-outcome.ts';
import { Judgement } from './judgement.ts';
import type { CheckResult } from './verdict.ts';

/** Whatever of a payload of an encrypted queue is kept anywhere (rows, buffer files, logs), it is no cleartext. */
export function checkEncryption(evidence: RunEvidence): CheckResult {
  const { promises, cleartext, ledger } = evidence;
  const judgement = new Judgement('encryption');
  if (!promises.encrypted) judgement.lack('the queue is not encrypted');
  if (isMissing(cleartext)) {
    judgement.lack(cleartext.missing);
    return judgement.result({}, '');
  }
  const counts: Record<string, number> = {};
  for (const place of CLEARTEXT_PLACES) {
    const search = cleartext[place];
    if (isMissing(search)) {
      judgement.lack(`${place}: ${search.missing}`);
      continue;
    }
    const { scannedBytes, hits } = search;
    counts[`bytes of ${place}`] = scannedBytes;
    counts[`cleartext in ${place}`] = hits.count;
    if (hits.count > 0) {
      judgement.accuse(
        `${hits.count} payloads in cleartext in ${place}`,
        hits.examples.map((example) => `${place}: ${example}`),
      );
    }
    if (scannedBytes === 0 && mustHoldSomething(evidence, place))
      judgement.lack(`${place}: nothing was found to search`);
  }
  return judgement.result(counts, `no cleartext of ${ledger.messages.toLocaleString('en-GB')} payloads anywhere`);
}

/** PostgreSQL has nothing to say in a good run, and nothing is buffered; but rows and the server's own log are never empty. */
function mustHoldSomething({ ledger }: RunEvidence, place: (typeof CLEARTEXT_PLACES)[number]): boolean {
  if (place !== 'buffer files') return place !== 'PostgreSQL log';
  for (let message = 0; message < ledger.messages; message += 1) {
    if (ledger.outcomeCode(message) === OUTCOME_CODE.buffered) return true;
  }
  return false;
}
