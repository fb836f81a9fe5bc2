/** Names of error codes, as histories and people want them. */
import { ErrorCode } from '../core/protocol/generated/codes.ts';

const names = new Map<number, string>(Object.entries(ErrorCode).map(([name, number]) => [number, name]));

export function errorCodeName(code: number): string {
  return names.get(code) ?? String(code);
}
