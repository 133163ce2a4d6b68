/** How a table is read: what was found out, and the fields to say otherwise. */
import { html, type TemplateResult } from 'lit';
import type { OwnTable, Table } from '../../api/types.js';

const DELIMITERS = new Map([
  [',', 'comma'],
  [';', 'semicolon'],
  ['\t', 'tab'],
  ['|', 'bar'],
  [' ', 'spaces'],
]);
const ENCODINGS = ['utf-8', 'windows-1252', 'utf-16le', 'utf-16be', 'iso-8859-2', 'shift_jis', 'gb18030'];

type Option = readonly [string, string];
const FOUND: Option = ['', 'found out'];

export function readWords({ encoding, delimiter, decimal, header, first_line }: Table['read_as']): string {
  const names = header ? `names in line ${first_line}` : 'no names';
  const between = DELIMITERS.get(delimiter) ?? delimiter;
  return `${encoding}, ${between}, decimal ${decimal === ',' ? 'comma' : 'point'}, ${names}`;
}

/** A field each; whoever reads it otherwise may find other columns, so that those that were chosen are forgotten. */
export function readingFields(data: OwnTable, disabled: boolean, onData: (data: OwnTable) => void): TemplateResult {
  const { read = {} } = data;
  const set = (name: keyof typeof read, value: unknown) => {
    const { [name]: _, ...rest } = read;
    const next = value === undefined ? rest : { ...rest, [name]: value };
    const { read: __, target: ___, features: ____, ...kept } = data;
    onData({ ...kept, ...(Object.keys(next).length > 0 && { read: next }) } as OwnTable);
  };
  const words = (name: keyof typeof read) => (value: string) => set(name, value || undefined);
  const known =
    read.encoding === undefined || ENCODINGS.includes(read.encoding) ? ENCODINGS : [...ENCODINGS, read.encoding];
  const encodings = known.map((one): Option => [one, one]);
  const header = (value: string) => set('header', value === '' ? undefined : value === 'true');
  const lines: Option[] = [FOUND, ['true', 'holds names'], ['false', 'is a row']];
  const marks: Option[] = [FOUND, ['.', 'point'], [',', 'comma']];
  return html`<div class="fields">
    ${select(disabled, 'read-header', 'First line', String(read.header ?? ''), lines, header)}
    ${select(disabled, 'read-delimiter', 'Between cells', read.delimiter ?? '', [FOUND, ...DELIMITERS], words('delimiter'))}
    ${select(disabled, 'read-decimal', 'Decimal mark', read.decimal ?? '', marks, words('decimal'))}
    ${select(disabled, 'read-encoding', 'Encoding', read.encoding ?? '', [FOUND, ...encodings], words('encoding'))}
  </div>`;
}

export function select(
  disabled: boolean,
  id: string,
  label: string,
  chosen: string,
  options: readonly Option[],
  onChange: (value: string) => void,
): TemplateResult {
  return html`<div class="field wide">
    <label for=${id}>${label}</label>
    <select
      id=${id}
      data-testid=${id}
      ?disabled=${disabled}
      @change=${(event: Event) => onChange((event.target as HTMLSelectElement).value)}
    >
      ${options.map(([value, words]) => html`<option value=${value} .selected=${value === chosen}>${words}</option>`)}
    </select>
  </div>`;
}

/** Enter in a field of a table does not begin a run, as it does in a form; what was typed counts. */
export function stays(event: KeyboardEvent): void {
  if (event.key !== 'Enter') return;
  event.preventDefault();
  event.target?.dispatchEvent(new Event('change'));
}
