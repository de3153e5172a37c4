! Messages, requests, collectives and communicators by the Fortran interface: by mpi_f08, whose
! handles are types of their own, or with USE_MPI by the module before it. Each rank says "done".
program fortran_program
#ifdef USE_MPI
  use mpi
#define HANDLE(kind) integer
#else
  use mpi_f08
#define HANDLE(kind) type(kind)
#endif
  implicit none
  integer, parameter :: rounds = 10
  integer :: rank, ranks, round, error, next, previous, sum_of_ranks
  HANDLE(MPI_Comm) :: half

  call MPI_Init(error)
  call MPI_Comm_rank(MPI_COMM_WORLD, rank, error)
  call MPI_Comm_size(MPI_COMM_WORLD, ranks, error)
  next = modulo(rank + 1, ranks)
  previous = modulo(rank - 1, ranks)
  do round = 1, rounds
    call exchange(round)
    call exchange_without_waiting(round)
  end do
  call MPI_Comm_split(MPI_COMM_WORLD, modulo(rank, 2), rank, half, error)
  do round = 1, rounds
    sum_of_ranks = rank
    call MPI_Allreduce(MPI_IN_PLACE, sum_of_ranks, 1, MPI_INTEGER, MPI_SUM, half, error)
  end do
  call MPI_Bcast(sum_of_ranks, 1, MPI_INTEGER, 0, half, error)
  call MPI_Comm_free(half, error)
  call MPI_Finalize(error)
  print '(a)', 'done'

contains

  subroutine exchange(number)
    integer, intent(in) :: number
    integer :: received
    call MPI_Sendrecv(number, 1, MPI_INTEGER, next, 1, received, 1, MPI_INTEGER, previous, 1, &
                      MPI_COMM_WORLD, MPI_STATUS_IGNORE, error)
    if (received /= number) call MPI_Abort(MPI_COMM_WORLD, 3, error)
  end subroutine

  subroutine exchange_without_waiting(number)
    integer, intent(in) :: number
    integer, asynchronous :: sent(2), received(2)
    integer :: i
    HANDLE(MPI_Request) :: pending(4)
    sent = [number, -number]
    do i = 1, 2
      call MPI_Irecv(received(i), 1, MPI_INTEGER, MPI_ANY_SOURCE, 1 + i, MPI_COMM_WORLD, &
                     pending(i), error)
    end do
    do i = 1, 2
      call MPI_Isend(sent(i), 1, MPI_INTEGER, next, 1 + i, MPI_COMM_WORLD, pending(2 + i), error)
    end do
    call MPI_Waitall(4, pending, MPI_STATUSES_IGNORE, error)
    if (any(received /= sent)) call MPI_Abort(MPI_COMM_WORLD, 3, error)
  end subroutine

end program
