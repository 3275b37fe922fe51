import fc from 'fast-check';

/** The same random cases for every mutant, so that two runs score the same; a failure is not made smaller, it is enough. */
fc.configureGlobal({ seed: 1, endOnFailure: true });
