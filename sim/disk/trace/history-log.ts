/**
 * What the owners of a traced run submitted and were told, as lines in a file of their own.
 *
 * Method: each line is written before the store is asked, or as soon as it answered; so the trace of the process holds the history too, and
 * a cut of the trace shows exactly what was promised by then.
 */
import { type UnitBatch, UnitHistory, type UnitRows, type Verdict } from '../unit-history.ts';

type HistoryLine =
  | {
      readonly kind: 'submit';
      readonly unit: number;
      readonly fence: string;
      readonly changes: readonly (readonly [string, string | null])[];
    }
  | { readonly kind: 'takeBack'; readonly unit: number }
  | { readonly kind: 'acknowledge'; readonly unit: number; readonly batches: number }
  | { readonly kind: 'settle'; readonly unit: number; readonly rows: readonly (readonly [string, string])[] };

/** A history that tells `write` every change as a line. */
export class LoggedHistory extends UnitHistory {
  readonly #unit: number;
  readonly #write: (line: string) => void;

  constructor(unit: number, write: (line: string) => void) {
    super();
    this.#unit = unit;
    this.#write = write;
  }

  override submit(batch: UnitBatch): void {
    super.submit(batch);
    this.#log({ kind: 'submit', unit: this.#unit, fence: batch.fence, changes: [...batch.changes] });
  }

  override takeBack(): void {
    super.takeBack();
    this.#log({ kind: 'takeBack', unit: this.#unit });
  }

  override acknowledge(batches: number): void {
    super.acknowledge(batches);
    this.#log({ kind: 'acknowledge', unit: this.#unit, batches });
  }

  override settle(rows: UnitRows): void {
    super.settle(rows);
    this.#log({ kind: 'settle', unit: this.#unit, rows: [...rows] });
  }

  #log(line: HistoryLine): void {
    this.#write(`${JSON.stringify(line)}\n`);
  }
}

/** The histories of `units` units as these lines leave them. `recovered` is told how what a later life found fits what was promised before. */
export function historiesOf(
  lines: readonly string[],
  units: number,
  recovered: (verdict: Verdict['kind'], unit: number) => void = () => {},
): UnitHistory[] {
  const histories = Array.from({ length: units }, () => new UnitHistory());
  for (const text of lines) {
    const line = JSON.parse(text) as HistoryLine;
    const history = histories[line.unit];
    switch (line.kind) {
      case 'submit':
        history.submit({ fence: line.fence, changes: new Map(line.changes) });
        break;
      case 'takeBack':
        history.takeBack();
        break;
      case 'acknowledge':
        history.acknowledge(line.batches);
        break;
      case 'settle': {
        const rows = new Map(line.rows);
        recovered(history.judge(rows, history.acked, history.submitted).kind, line.unit);
        history.settle(rows);
        break;
      }
      default:
        line satisfies never;
    }
  }
  return histories;
}
