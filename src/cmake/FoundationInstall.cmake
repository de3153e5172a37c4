# What `cmake --install` installs, beside the program (apps/foundation/CMakeLists.txt).
#
# Of the libraries only what code outside of this tree has a use for, so that all others stay free
# to change: `programs` (with core, model, process and endpoints below it) for who writes a program
# or a metric to be optimised, and `storage` for who reads run.h5 in C++. No user of them needs MPI.
# Programs that are traced include <foundation/trace.h>, <foundation/trace.hpp> or compile
# foundation/trace.f90.
include(CMakePackageConfigHelpers)

set(FOUNDATION_PUBLIC_MODULES core model process endpoints programs storage)
set(package "${CMAKE_INSTALL_LIBDIR}/cmake/Foundation")

foreach(module IN LISTS FOUNDATION_PUBLIC_MODULES)
  install(TARGETS foundation_${module} EXPORT FoundationTargets
    ARCHIVE DESTINATION ${CMAKE_INSTALL_LIBDIR} COMPONENT development)
  install(DIRECTORY "${PROJECT_SOURCE_DIR}/src/${module}"
    DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/foundation COMPONENT development
    FILES_MATCHING PATTERN "*.hpp" PATTERN detail EXCLUDE)
endforeach()
# For programs that are traced: nothing to link, and Fortran compiles the module's source.
install(FILES "${PROJECT_SOURCE_DIR}/src/foundation/trace.h"
  "${PROJECT_SOURCE_DIR}/src/foundation/trace.hpp" "${PROJECT_SOURCE_DIR}/src/foundation/trace.f90"
  DESTINATION ${CMAKE_INSTALL_INCLUDEDIR}/foundation COMPONENT development)
install(EXPORT FoundationTargets NAMESPACE foundation:: DESTINATION ${package}
  COMPONENT development)
configure_package_config_file("${PROJECT_SOURCE_DIR}/src/cmake/FoundationConfig.cmake.in"
  "${PROJECT_BINARY_DIR}/FoundationConfig.cmake" INSTALL_DESTINATION ${package}
  NO_SET_AND_CHECK_MACRO)
# Before 1.0 every minor version may change these interfaces.
write_basic_package_version_file("${PROJECT_BINARY_DIR}/FoundationConfigVersion.cmake"
  COMPATIBILITY SameMinorVersion)
install(FILES "${PROJECT_BINARY_DIR}/FoundationConfig.cmake"
  "${PROJECT_BINARY_DIR}/FoundationConfigVersion.cmake"
  DESTINATION ${package} COMPONENT development)

# The batch scripts are for copying and adapting; scripts that build this tree stay in it.
install(DIRECTORY "${PROJECT_SOURCE_DIR}/jobscripts/"
  DESTINATION ${CMAKE_INSTALL_DATADIR}/foundation/jobscripts COMPONENT program
  USE_SOURCE_PERMISSIONS
  FILES_MATCHING PATTERN "*.sbatch" PATTERN "chain.sh" PATTERN spack EXCLUDE)
install(DIRECTORY "${PROJECT_SOURCE_DIR}/config/"
  DESTINATION ${CMAKE_INSTALL_DATADIR}/foundation/config COMPONENT program
  USE_SOURCE_PERMISSIONS PATTERN README.md EXCLUDE)
set(documents "${CMAKE_INSTALL_DATADIR}/doc/foundation")
install(FILES "${PROJECT_SOURCE_DIR}/README.md" "${PROJECT_SOURCE_DIR}/LICENSE"
  DESTINATION ${documents} COMPONENT program)
install(FILES "${PROJECT_SOURCE_DIR}/CHANGELOG.md" DESTINATION ${documents} RENAME changelog
  COMPONENT program)

# Libraries of environment modules and of Spack lie outside of what the loader searches: then the
# program remembers where it found them. Those of the system need no such note.
set(outside ${MPI_C_LIBRARIES} ${HDF5_C_LIBRARIES})
if(FOUNDATION_HAVE_OTF2)
  list(APPEND outside "${FOUNDATION_OTF2_LIBRARY}")
endif()
list(FILTER outside EXCLUDE REGEX "^(/usr/lib|/lib|[^/])")
if(outside)
  set_target_properties(foundation PROPERTIES INSTALL_RPATH_USE_LINK_PATH ON)
endif()
