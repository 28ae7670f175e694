import { runDesktop, showFailure } from './desktop/run.ts';

runDesktop().catch(showFailure);
