/* A ring of ranks that pass a number on until a file is there, each time with the next of so many
 * tags (30,000):
 *
 *   long_program FILE PAUSE_US [TAGS]
 *
 * Rank 0 looks for the file; all learn of it at the same round. */
#include <unistd.h>

#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

enum { rounds_between_looks = 10 };

int main(int argc, char** argv) {
  if (argc != 3 && argc != 4) return 2;
  MPI_Init(&argc, &argv);
  int rank = 0;
  int size = 0;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  const useconds_t pause_us = (useconds_t)atoi(argv[2]);
  const int tags = argc == 4 ? atoi(argv[3]) : 30000;
  double out = rank;
  double in = 0;
  int ends = 0;
  for (int i = 0; !ends; ++i) {
    MPI_Sendrecv(&out, 1, MPI_DOUBLE, (rank + 1) % size, i % tags, &in, 1, MPI_DOUBLE,
                 (rank + size - 1) % size, i % tags, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    if (pause_us > 0) usleep(pause_us);
    if (i % rounds_between_looks != 0) continue;
    if (rank == 0) ends = access(argv[1], F_OK) == 0;
    MPI_Bcast(&ends, 1, MPI_INT, 0, MPI_COMM_WORLD);
  }
  MPI_Finalize();
  return 0;
}
