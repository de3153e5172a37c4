# Hardening: checks of the compiler and the loader that stop a memory error from becoming more. An
# unexported interface target that foundation_build_flags brings to every target of ours; what is
# installed does not pass the flags on. tests/packaging/elf_test.py reads them back.
include(CheckCXXSourceCompiles)
include(CheckPIESupported)

add_library(foundation_hardening INTERFACE)
if(NOT FOUNDATION_HARDENING)
  return()
endif()

check_pie_supported()
set(CMAKE_POSITION_INDEPENDENT_CODE ON)

# Level 3 also covers buffers whose size is known at run time only. It wants glibc 2.34 and a
# compiler with __builtin_dynamic_object_size; the headers fall back to 2 where that is missing.
set(CMAKE_REQUIRED_FLAGS "-O1 -U_FORTIFY_SOURCE -D_FORTIFY_SOURCE=3")
check_cxx_source_compiles("
  #include <cstdlib>
  #if !defined(__USE_FORTIFY_LEVEL) || __USE_FORTIFY_LEVEL < 3
  #error level 3 is not supported
  #endif
  int main() {}" FOUNDATION_FORTIFY_3)
unset(CMAKE_REQUIRED_FLAGS)
set(fortify_level 2)
if(FOUNDATION_FORTIFY_3)
  set(fortify_level 3)
endif()

# Debug builds are not optimised, and without that _FORTIFY_SOURCE only warns.
target_compile_options(foundation_hardening INTERFACE
  -fstack-protector-strong
  $<$<NOT:$<CONFIG:Debug>>:-U_FORTIFY_SOURCE>
  $<$<NOT:$<CONFIG:Debug>>:-D_FORTIFY_SOURCE=${fortify_level}>)
target_compile_definitions(foundation_hardening INTERFACE
  $<$<COMPILE_LANGUAGE:CXX>:_GLIBCXX_ASSERTIONS>)
target_link_options(foundation_hardening INTERFACE
  -Wl,-z,relro -Wl,-z,now -Wl,-z,noexecstack)
