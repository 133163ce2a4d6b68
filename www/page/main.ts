/** Wires the page. */
import '../widget/breakeven-lab.js';
import { followAddress, sayIn } from './follow.js';

const lab = document.querySelector('breakeven-lab');
if (lab) followAddress(lab, sayIn(document.querySelector('#refused')));
