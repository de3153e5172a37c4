! Regions, counters and marks of a Fortran program, for `foundation trace`: what trace.h has. Compile
! this file with the program; there is nothing else to link (with a glibc older than 2.34: -ldl).
!
!     use foundation_trace
!     type(trace_name), save :: solve = trace_name('solve')
!     type(trace_name), save :: residual = trace_name('residual', 'Pa')
!
!     call trace_begin(solve)
!     call trace_count(residual, norm)
!     call trace_end(solve)
!     call trace_mark('converged', real(step, c_double))
!
! Names are variables that live as long as the program. Of blanks at their end nothing is kept.
module foundation_trace
  use, intrinsic :: iso_c_binding, only: c_associated, c_char, c_double, c_f_pointer, &
    c_f_procpointer, c_funptr, c_int32_t, c_null_char, c_null_ptr, c_ptr
  implicit none
  private
  public :: trace_name, trace_begin, trace_end, trace_count, trace_mark

  type :: trace_name
    character(len=128) :: text
    character(len=32) :: unit = ''  ! of a counter
    integer(c_int32_t) :: id = 0    ! the recorder's
  end type trace_name

  ! Something has happened, named by a trace_name or by a text; the value is optional.
  interface trace_mark
    module procedure mark_name, mark_text
  end interface trace_mark

  ! What the recorder exports: see foundation_trace_recorder in trace.h.
  type, bind(c) :: recorder_table
    integer(c_int32_t) :: version
    integer(c_int32_t) :: bytes
    type(c_ptr) :: control
    type(c_funptr) :: define
    type(c_funptr) :: record
  end type recorder_table

  abstract interface
    function define_function(kind, name, unit, file, line) bind(c) result(id)
      import :: c_char, c_int32_t
      integer(c_int32_t), value :: kind, line
      character(kind=c_char), intent(in) :: name(*), unit(*), file(*)
      integer(c_int32_t) :: id
    end function define_function
    subroutine record_function(kind, id, value) bind(c)
      import :: c_double, c_int32_t
      integer(c_int32_t), value :: kind, id
      real(c_double), value :: value
    end subroutine record_function
  end interface

  interface
    function dlsym(handle, name) bind(c, name='dlsym') result(place)
      import :: c_char, c_ptr
      type(c_ptr), value :: handle
      character(kind=c_char), intent(in) :: name(*)
      type(c_ptr) :: place
    end function dlsym
  end interface

  integer(c_int32_t), parameter :: kind_begin = 1, kind_end = 2, kind_count = 6, kind_mark = 7
  logical, save :: looked = .false.
  procedure(define_function), pointer, save :: define => null()
  procedure(record_function), pointer, save :: record => null()

contains

  subroutine trace_begin(region)
    type(trace_name), intent(inout) :: region
    call note(kind_begin, region, 0.0_c_double)
  end subroutine trace_begin

  subroutine trace_end(region)
    type(trace_name), intent(inout) :: region
    if (region%id /= 0) call record(kind_end, region%id, 0.0_c_double)
  end subroutine trace_end

  ! The value of a counter from now on.
  subroutine trace_count(counter, value)
    type(trace_name), intent(inout) :: counter
    real(c_double), intent(in) :: value
    call note(kind_count, counter, value)
  end subroutine trace_count

  subroutine mark_name(mark, value)
    type(trace_name), intent(inout) :: mark
    real(c_double), intent(in), optional :: value
    real(c_double) :: given
    given = 0
    if (present(value)) given = value
    call note(kind_mark, mark, given)
  end subroutine mark_name

  subroutine mark_text(text, value)
    character(len=*), intent(in) :: text
    real(c_double), intent(in), optional :: value
    type(trace_name) :: mark
    mark%text = text
    call mark_name(mark, value)
  end subroutine mark_text

  subroutine note(kind, name, value)
    integer(c_int32_t), intent(in) :: kind
    type(trace_name), intent(inout) :: name
    real(c_double), intent(in) :: value
    if (.not. looked) call look()
    if (.not. associated(record)) return
    if (name%id == 0) name%id = define(kind, trim(name%text)//c_null_char, &
      trim(name%unit)//c_null_char, c_null_char, 0_c_int32_t)
    call record(kind, name%id, value)
  end subroutine note

  ! Threads that look at the same time find the same.
  subroutine look()
    type(c_ptr) :: place
    type(recorder_table), pointer :: table
    place = dlsym(c_null_ptr, 'foundation_trace_recorder_1'//c_null_char)
    if (c_associated(place)) then
      call c_f_pointer(place, table)
      call c_f_procpointer(table%define, define)
      call c_f_procpointer(table%record, record)
    end if
    looked = .true.
  end subroutine look

end module foundation_trace
