/* What the parts of feature_program share: each part uses some features of MPI, as often as
 * features_test.py expects, and checks what it got. */
#ifndef FEATURE_PROGRAM_H
#define FEATURE_PROGRAM_H

#include <mpi.h>

extern int rank, size;

/* Ends all ranks if it does not hold. */
void expect(int holds, const char* what);
int next(void);
int previous(void);

void use_communicators(void);
void use_threads(void);
void use_spawn(void);
void use_children(void);
void use_requests(void);
void use_persistent(void);
void use_partitioned(void);
void use_collectives(void);
void use_one_sided(void);
void use_files(void);

#endif
