#pragma once

#include <string_view>

/// How this program was built; the values are filled in by CMake.
namespace foundation::build_facts {

extern const std::string_view version;
extern const std::string_view compiler;
extern const std::string_view build_type;
extern const std::string_view hdf5;
extern const std::string_view boost;
extern const std::string_view sanitizers;  ///< empty: none
extern const bool contracts;

}  // namespace foundation::build_facts
