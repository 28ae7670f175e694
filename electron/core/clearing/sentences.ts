import { declareSentences } from '#contract';

export const sentences = declareSentences('clearing', {
  noSamples: 'nvidia-smi reported nothing for {{seconds}} s: how much memory was freed is unknown.',
  notFreed: 'The memory was not freed within {{seconds}} s: {{amounts}}.',
  amount: '{{size}} on GPU {{index}}',
  withDetails: '{{summary}} Details: {{details}}',
  noHolder:
    'No process that nvidia-smi lists holds it: the driver may need a moment, or a process in another container holds it. Restart the machine if it stays.',
  ownProcess:
    'Process {{pid}} ({{name}}) holds {{size}}: it belongs to the backend and does not exit; restart the machine if it stays.',
  grownProtected:
    'Process {{pid}} ({{name}}) holds {{size}}, {{more}} more than before: it does not belong to the backend; ask {{owner}} to end it.',
  grown:
    'Process {{pid}} ({{name}}) holds {{size}}, {{more}} more than before: it does not belong to the backend; end it in the process list.',
  newProtected:
    'Process {{pid}} ({{name}}) holds {{size}} and started meanwhile: it does not belong to the backend; ask {{owner}} to end it.',
  new: 'Process {{pid}} ({{name}}) holds {{size}} and started meanwhile: it does not belong to the backend; end it in the process list.',
  someMemory: 'some memory',
  itsOwner: 'its owner',
  stuckHolds: 'Process {{pid}} holds {{size}} of GPU memory.',
  stuckHoldsNothing: 'Process {{pid}} holds no GPU memory.',
});

export const { say } = sentences;
