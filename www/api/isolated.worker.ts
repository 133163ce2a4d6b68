// Thin first version. To be replaced.
import { expose } from 'comlink';

expose({});
