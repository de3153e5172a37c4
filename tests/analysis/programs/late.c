/* Two or three ranks, one of which is late for one call on purpose. Each rank writes on which side
 * it is and when, on the monotonic clock, it made the call: so the true wait is known. */
#include <mpi.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

enum { delay_us = 400000, large = 1 << 17 };
static int rank, size;
static char buffer[large], other[large];

static void stamp(const char* what) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  printf("%s %d %lld\n", what, rank, (long long)now.tv_sec * 1000000000 + now.tv_nsec);
}
static void arrive(int late) {
  if (late) usleep(delay_us);
  stamp(late ? "late" : "waits");
}

static void late_sender(void) {
  arrive(rank == 1);
  if (rank == 1) MPI_Send(buffer, 8, MPI_BYTE, 0, 1, MPI_COMM_WORLD);
  if (rank == 0) MPI_Recv(buffer, 8, MPI_BYTE, 1, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}
/* Rank 0 asks for the second message first. */
static void wrong_order(void) {
  if (rank == 1) MPI_Send(buffer, 8, MPI_BYTE, 0, 1, MPI_COMM_WORLD);
  arrive(rank == 1);
  if (rank == 1) MPI_Send(buffer, 8, MPI_BYTE, 0, 2, MPI_COMM_WORLD);
  if (rank == 0) {
    MPI_Recv(buffer, 8, MPI_BYTE, 1, 2, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
    MPI_Recv(buffer, 8, MPI_BYTE, 1, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
  }
}
/* Rank 0 waits for both others in one call, and so for the later one. */
static void wait_all(void) {
  MPI_Request requests[2];
  if (rank == 0) {
    MPI_Irecv(buffer, 8, MPI_BYTE, 1, 1, MPI_COMM_WORLD, &requests[0]);
    MPI_Irecv(other, 8, MPI_BYTE, 2, 1, MPI_COMM_WORLD, &requests[1]);
  }
  if (rank == 2) usleep(delay_us / 2);
  arrive(rank == 1);
  if (rank != 0) MPI_Send(buffer, 8, MPI_BYTE, 0, 1, MPI_COMM_WORLD);
  if (rank == 0) MPI_Waitall(2, requests, MPI_STATUSES_IGNORE);
}
static void late_receiver(void) {
  arrive(rank == 1);
  if (rank == 0) MPI_Send(buffer, large, MPI_BYTE, 1, 1, MPI_COMM_WORLD);
  if (rank == 1) MPI_Recv(buffer, large, MPI_BYTE, 0, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}
static void synchronous(void) {
  arrive(rank == 1);
  if (rank == 0) MPI_Ssend(buffer, 8, MPI_BYTE, 1, 1, MPI_COMM_WORLD);
  if (rank == 1) MPI_Recv(buffer, 8, MPI_BYTE, 0, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}
static void late_receiver_wait(void) {
  MPI_Request request;
  if (rank == 0) MPI_Isend(buffer, large, MPI_BYTE, 1, 1, MPI_COMM_WORLD, &request);
  arrive(rank == 1);
  if (rank == 0) MPI_Wait(&request, MPI_STATUS_IGNORE);
  if (rank == 1) MPI_Recv(buffer, large, MPI_BYTE, 0, 1, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}
static void barrier(void) {
  arrive(rank == 1);
  MPI_Barrier(MPI_COMM_WORLD);
}
static void nonblocking_barrier(void) {
  MPI_Request request;
  arrive(rank == 1);
  MPI_Ibarrier(MPI_COMM_WORLD, &request);
  MPI_Wait(&request, MPI_STATUS_IGNORE);
}
static void allreduce(void) {
  int sum = 0;
  arrive(rank == 1);
  MPI_Allreduce(&rank, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
}
static void reduce(void) {
  int sum = 0;
  arrive(rank == 1);
  MPI_Reduce(&rank, &sum, 1, MPI_INT, MPI_SUM, 0, MPI_COMM_WORLD);
}
static void gather(void) {
  int all[16];
  arrive(rank == 1);
  MPI_Gather(&rank, 1, MPI_INT, all, 1, MPI_INT, 0, MPI_COMM_WORLD);
}
static void bcast(void) {
  int value = rank;
  arrive(rank == 1);
  MPI_Bcast(&value, 1, MPI_INT, 1, MPI_COMM_WORLD);
}
static void scan(void) {
  int sum = 0;
  arrive(rank == 0);
  MPI_Scan(&rank, &sum, 1, MPI_INT, MPI_SUM, MPI_COMM_WORLD);
}
static void finalize(void) { arrive(rank == 1); }
/* Nobody is late, but rank 1 never comes. */
static void death(void) {
  if (rank == 1) {
    usleep(delay_us);
    abort();
  }
  MPI_Recv(buffer, 8, MPI_BYTE, 1, 7, MPI_COMM_WORLD, MPI_STATUS_IGNORE);
}

static const struct {
  const char* name;
  void (*run)(void);
} patterns[] = {{"late_sender", late_sender},
                {"wrong_order", wrong_order},
                {"wait_all", wait_all},
                {"late_receiver", late_receiver},
                {"synchronous", synchronous},
                {"late_receiver_wait", late_receiver_wait},
                {"barrier", barrier},
                {"nonblocking_barrier", nonblocking_barrier},
                {"allreduce", allreduce},
                {"reduce", reduce},
                {"gather", gather},
                {"bcast", bcast},
                {"scan", scan},
                {"finalize", finalize},
                {"death", death}};

int main(int argc, char** argv) {
  MPI_Init(&argc, &argv);
  MPI_Comm_rank(MPI_COMM_WORLD, &rank);
  MPI_Comm_size(MPI_COMM_WORLD, &size);
  MPI_Barrier(MPI_COMM_WORLD);
  for (size_t i = 0; i < sizeof patterns / sizeof *patterns; ++i)
    if (argc > 1 && strcmp(argv[1], patterns[i].name) == 0) patterns[i].run();
  fflush(stdout);
  MPI_Finalize();
  return 0;
}
