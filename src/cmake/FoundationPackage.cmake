# `cpack` makes Debian packages: foundation (the program and its documentation) and foundation-dev
# (libraries, headers, CMake files). What they depend on is read from the program itself.
set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME foundation)
set(CPACK_PACKAGE_VENDOR "The Foundation authors")
# Who builds a package answers for it.
set(FOUNDATION_PACKAGE_CONTACT "The Foundation authors <root@localhost>" CACHE STRING
  "Maintainer named in Debian packages: Name <address>")
set(CPACK_PACKAGE_CONTACT "${FOUNDATION_PACKAGE_CONTACT}")
set(CPACK_PACKAGE_CHECKSUM SHA256)
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_RESOURCE_FILE_LICENSE "${PROJECT_SOURCE_DIR}/LICENSE")

set(CPACK_COMPONENTS_ALL program development)
set(CPACK_COMPONENTS_GROUPING IGNORE)
set(CPACK_DEB_COMPONENT_INSTALL ON)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_PRIORITY optional)
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)

set(CPACK_DEBIAN_PROGRAM_PACKAGE_NAME foundation)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SECTION science)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PROGRAM_PACKAGE_DEPENDS openmpi-bin)  # libmpi alone cannot start ranks
set(CPACK_COMPONENT_PROGRAM_DESCRIPTION
"Evaluates candidates of a program on labelled examples, in parallel on MPI
ranks and threads, drops weak ones early and measures the winner on data that
the search never saw. Runs survive kills and resume; results are published as
HDF5.")

set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_NAME foundation-dev)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_SECTION libdevel)
set(CPACK_DEBIAN_DEVELOPMENT_PACKAGE_DEPENDS
  "libfmt-dev, libspdlog-dev, nlohmann-json3-dev, libhdf5-dev, libssl-dev, libcurl4-openssl-dev")
set(CPACK_COMPONENT_DEVELOPMENT_DESCRIPTION
"Libraries and headers for programs and metrics to be optimised by Foundation,
and for tools that read its result files: find_package(Foundation) in CMake.")
set(CPACK_PRE_BUILD_SCRIPTS "${PROJECT_SOURCE_DIR}/src/cmake/FoundationDebianFiles.cmake")
include(CPack)
