/* Red-black over-relaxation of the Poisson equation in one dimension, the points shared out among
 * MPI ranks: a real little MPI program to tune. Prints {"sweeps": N}.
 *
 *     mpicc -O2 -o mpi_solver mpi_solver.c -lm
 *     mpirun -n 2 ./mpi_solver 1.9
 */
#include <math.h>
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>

enum { points_a_rank = 32, most_sweeps = 20000 };

static void exchange_ends(double *u, int rank, int size) {
  const int left = rank > 0 ? rank - 1 : MPI_PROC_NULL;
  const int right = rank + 1 < size ? rank + 1 : MPI_PROC_NULL;
  MPI_Sendrecv(&u[points_a_rank], 1, MPI_DOUBLE, right, 0, &u[0], 1, MPI_DOUBLE, left, 0,
               MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  MPI_Sendrecv(&u[1], 1, MPI_DOUBLE, left, 1, &u[points_a_rank + 1], 1, MPI_DOUBLE, right, 1,
               MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}

static double relax(double *u, int colour, double omega, double h) {
  double change = 0;
  for (int i = 1 + colour; i <= points_a_rank; i += 2) {
    const double step = omega * ((u[i - 1] + u[i + 1] + h * h) / 2 - u[i]);
    u[i] += step;
    change = fmax(change, fabs(step));
  }
  return change;
}

int main(int argc, char **argv) {
  MPI_Init(&argc, &argv);
  int rank = 0;
  int size = 1;
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  const double omega = argc > 1 ? atof(argv[1]) : 1.0;
  const double h = 1.0 / (points_a_rank * size + 1);
  double u[points_a_rank + 2] = {0};
  int sweeps = 0;
  double change = 1;
  while (change > 1e-9 && sweeps < most_sweeps) {
    double own = 0;
    for (int colour = 0; colour < 2; ++colour) {
      exchange_ends(u, rank, size);
      own = fmax(own, relax(u, colour, omega, h));
    }
    MPI_Allreduce(&own, &change, 1, MPI_DOUBLE, MPI_MAX, MPI_COMM_WORLD);
    ++sweeps;
  }
  if (rank == 0) printf("{\"sweeps\": %d}\n", sweeps);
  MPI_Finalize();
  return 0;
}
