#include "storage/detail/h5.hpp"

#include <string>

#include <fmt/format.h>

#include "core/contracts.hpp"
#include "core/error.hpp"
#include "core/log.hpp"

namespace foundation::storage::detail {
namespace {

/// Innermost description on the error stack, shortened to the system's message where HDF5
/// reports a failed system call; the stack is cleared.
std::string take_error_text() {
  std::string text;
  const H5E_walk2_t visit = [](unsigned level, const H5E_error2_t* entry, void* result) -> herr_t {
    if (level == 0 && entry->desc != nullptr) *static_cast<std::string*>(result) = entry->desc;
    return 0;
  };
  if (H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, visit, &text) < 0 || text.empty())
    text = "HDF5 gives no reason";
  H5Eclear2(H5E_DEFAULT);
  constexpr std::string_view marker = "error message = '";
  if (const auto begin = text.find(marker); begin != std::string::npos) {
    const auto first = begin + marker.size();
    return text.substr(first, text.find('\'', first) - first);
  }
  return text;
}

}  // namespace

void close_id(herr_t (*close)(hid_t), hid_t id) noexcept {
  if (close(id) >= 0) return;
  try {
    core::log(core::LogLevel::warning, "closing an HDF5 object failed: " + take_error_text());
  } catch (...) {  // a destructor has nobody to tell
  }
}

void silence_hdf5() {
  // What could not be written when a file was closed cannot be written at the end of the process
  // either: HDF5 1.10 crashes there. The answer says only whether it was asked before.
  static_cast<void>(H5dont_atexit());
  check(H5Eset_auto2(H5E_DEFAULT, nullptr, nullptr), "set up", "HDF5 error handling");
}

void throw_hdf5_error(std::string_view action, std::string_view object, core::ErrorKind kind,
                      std::string_view hint) {
  throw core::Error{kind, fmt::format("cannot {} '{}': {}", action, object, take_error_text()),
                    std::string{hint}};
}

TypeId text_type() {
  auto type = make<TypeId>(H5Tcopy(H5T_C_S1), "make", "text type");
  check(H5Tset_size(type.get(), H5T_VARIABLE), "make", "text type");
  check(H5Tset_cset(type.get(), H5T_CSET_UTF8), "make", "text type");
  return type;
}

TypeId memory_type(ColumnType type) {
  const auto copy_of = [](hid_t native) { return make<TypeId>(H5Tcopy(native), "copy", "type"); };
  switch (type) {
    case ColumnType::int8: return copy_of(H5T_NATIVE_INT8);
    case ColumnType::int32: return copy_of(H5T_NATIVE_INT32);
    case ColumnType::uint32: return copy_of(H5T_NATIVE_UINT32);
    case ColumnType::int64: return copy_of(H5T_NATIVE_INT64);
    case ColumnType::uint64: return copy_of(H5T_NATIVE_UINT64);
    case ColumnType::float64: return copy_of(H5T_NATIVE_DOUBLE);
    case ColumnType::text: break;
  }
  return text_type();
}

PropertyId access_without_locks() {
  auto access = make<PropertyId>(H5Pcreate(H5P_FILE_ACCESS), "make", "file access");
#if H5_VERSION_GE(1, 10, 7)
  check(H5Pset_file_locking(access.get(), false, true), "switch off", "file locks");
#endif
  return access;
}

}  // namespace foundation::storage::detail
