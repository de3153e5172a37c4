/* Counts the calls of MPI functions, from C and from Fortran, independently of the recorder: each
 * function here adds one and jumps to the next of its name, without knowing its arguments. To be
 * preloaded behind the recorder. The counts of a process go to $COUNTS_FOLDER/<pid> at its end. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <unistd.h>

#include <stdio.h>
#include <stdlib.h>

#define FUNCTIONS(X)                                                                               \
  X(Allgather, allgather)                                                                          \
  X(Allgatherv, allgatherv) X(Allreduce, allreduce) X(Alltoall, alltoall) X(Alltoallv, alltoallv)  \
      X(Alltoallw, alltoallw) X(Barrier, barrier) X(Bcast, bcast) X(Bsend, bsend)                  \
          X(Cart_create, cart_create) X(Comm_create, comm_create) X(Comm_dup, comm_dup)            \
              X(Comm_free, comm_free) X(Comm_group, comm_group) X(Comm_rank, comm_rank)            \
                  X(Comm_size, comm_size) X(Comm_split, comm_split) X(Finalize, finalize)          \
                      X(Gather, gather) X(Gatherv, gatherv) X(Get_count, get_count) X(Init, init)  \
                          X(Init_thread, init_thread) X(Iprobe, iprobe) X(Irecv, irecv) X(         \
                              Irsend, irsend) X(Isend, isend) X(Issend, issend) X(Probe, probe)    \
                              X(Recv, recv) X(Reduce, reduce) X(Reduce_scatter, reduce_scatter)    \
                                  X(Rsend, rsend) X(Scan, scan) X(Scatter, scatter)                \
                                      X(Scatterv, scatterv) X(Send, send) X(Sendrecv, sendrecv)    \
                                          X(Sendrecv_replace, sendrecv_replace) X(Ssend, ssend) X( \
                                              Start, start) X(Startall, startall) X(Test, test)    \
                                              X(Testall, testall) X(Testany, testany) X(           \
                                                  Testsome, testsome) X(Type_commit, type_commit)  \
                                                  X(Type_free, type_free) X(Wait, wait)            \
                                                      X(Waitall, waitall) X(Waitany, waitany)      \
                                                          X(Waitsome, waitsome)                    \
                                                              X(Win_create, win_create)            \
                                                                  X(Win_fence, win_fence)          \
                                                                      X(Put, put) X(Get, get) X(   \
                                                                          Accumulate, accumulate)

struct counted {
  unsigned long count;
  void* next;
};

#define TRAMPOLINE(symbol)                                                    \
  __attribute__((visibility("hidden"))) struct counted counted_##symbol;      \
  __asm__(".text\n.globl " #symbol "\n.type " #symbol ", @function\n" #symbol \
          ":\n"                                                               \
          "lock incq counted_" #symbol                                        \
          "(%rip)\n"                                                          \
          "jmp *8+counted_" #symbol "(%rip)\n");
#define BOTH(name, lower) TRAMPOLINE(MPI_##name) TRAMPOLINE(mpi_##lower##_)
FUNCTIONS(BOTH)

__attribute__((constructor)) static void resolve(void) {
#define RESOLVE(name, lower)                                \
  counted_MPI_##name.next = dlsym(RTLD_NEXT, "MPI_" #name); \
  counted_mpi_##lower##_.next = dlsym(RTLD_NEXT, "mpi_" #lower "_");
  FUNCTIONS(RESOLVE)
}

__attribute__((destructor)) static void report(void) {
  char path[4096];
  const char* folder = getenv("COUNTS_FOLDER");
  if (folder == NULL) return;
  snprintf(path, sizeof path, "%s/%d", folder, (int)getpid());
  FILE* file = NULL;
#define REPORT(name, lower)                                                                        \
  if (counted_MPI_##name.count + counted_mpi_##lower##_.count > 0) {                               \
    if (file == NULL) file = fopen(path, "w");                                                     \
    if (file == NULL) return;                                                                      \
    fprintf(file, "MPI_" #name " %lu\n", counted_MPI_##name.count + counted_mpi_##lower##_.count); \
  }
  FUNCTIONS(REPORT)
  if (file != NULL) fclose(file);
}
