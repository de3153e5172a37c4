! Regions, counters and marks from Fortran.
program regions
  use, intrinsic :: iso_c_binding, only: c_double
  use foundation_trace
  implicit none
  type(trace_name), save :: outer = trace_name('outer of Fortran')
  type(trace_name), save :: inner = trace_name('inner of Fortran')
  type(trace_name), save :: residual = trace_name('residual', 'Pa')
  integer :: step

  call trace_begin(outer)
  do step = 1, 10
    call trace_begin(inner)
    call trace_count(residual, 1.0_c_double/step)
    call trace_end(inner)
  end do
  call trace_mark('converged', 10.0_c_double)
  call trace_end(outer)
end program regions
