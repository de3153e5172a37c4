#pragma once

#include <string>
#include <string_view>
#include <type_traits>

#include <hdf5.h>

#include "core/error.hpp"
#include "core/unique_handle.hpp"
#include "storage/column.hpp"

/// The one checked boundary to the HDF5 C library. HDF5 keeps state for the whole process and
/// Debian's build has no locks: use from one thread at a time.
namespace foundation::storage::detail {

/// Closes an identifier; a failure is logged, never thrown.
void close_id(herr_t (*close)(hid_t), hid_t id) noexcept;

template <herr_t (*Close)(hid_t)>
struct IdPolicy {
  using Raw = hid_t;
  static Raw null() noexcept { return H5I_INVALID_HID; }
  static void close(Raw id) noexcept { close_id(Close, id); }
};
using FileId = core::UniqueHandle<IdPolicy<H5Fclose>>;
using GroupId = core::UniqueHandle<IdPolicy<H5Gclose>>;
using DatasetId = core::UniqueHandle<IdPolicy<H5Dclose>>;
using AttributeId = core::UniqueHandle<IdPolicy<H5Aclose>>;
using SpaceId = core::UniqueHandle<IdPolicy<H5Sclose>>;
using TypeId = core::UniqueHandle<IdPolicy<H5Tclose>>;
using PropertyId = core::UniqueHandle<IdPolicy<H5Pclose>>;

/// Turns HDF5's own printing of errors off, and its tidying up at the end of the process. Call
/// before the first use of the library.
void silence_hdf5();

/// Throws "cannot <action> '<object>': <innermost text of HDF5's error stack>".
[[noreturn]] void throw_hdf5_error(std::string_view action, std::string_view object,
                                   core::ErrorKind kind = core::ErrorKind::io,
                                   std::string_view hint = {});

/// Passes a return value through unless it is one of HDF5's failures (negative).
template <class Value>
requires std::is_signed_v<Value> Value check(Value value, std::string_view action,
                                             std::string_view object) {
  if (value < 0) throw_hdf5_error(action, object);
  return value;
}

/// `make<GroupId>(H5Gopen2(...), "open group", name)`: an owned identifier or an Error.
template <class Id>
Id make(hid_t raw, std::string_view action, std::string_view object) {
  return Id{check(raw, action, object)};
}

/// Variable-length UTF-8 string.
[[nodiscard]] TypeId text_type();
/// The native memory type of a column's values; `text_type` for texts.
[[nodiscard]] TypeId memory_type(ColumnType type);
/// File access without file locks, which network file systems may not have and which a file that
/// is never changed in place does not need.
[[nodiscard]] PropertyId access_without_locks();

}  // namespace foundation::storage::detail
