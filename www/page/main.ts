import '../widget/breakeven-lab.js';
