/**
 * The widget's sheet. Fonts, text colour and colour scheme come from the page around it; surfaces are mixed from the
 * text's own colour, so that they suit any page. An author may set --breakeven-accent.
 */
import { charts } from './charts.js';
import { colours } from './colours.js';
import { dialog } from './dialog.js';
import { form } from './form.js';
import { layout } from './layout.js';
import { print } from './print.js';
import { tables } from './tables.js';

export const styles = [colours, layout, form, tables, charts, dialog, print];
