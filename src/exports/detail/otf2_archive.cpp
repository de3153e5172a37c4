#include "exports/detail/otf2_archive.hpp"

#include <array>
#include <cstdarg>
#include <cstddef>
#include <cstdio>
#include <memory>
#include <new>
#include <utility>

#include <fmt/format.h>

#include "core/error.hpp"

namespace foundation::exports::detail {
namespace {

constexpr std::uint64_t chunk_bytes = std::uint64_t{1} << 20U;

OTF2_FlushType flush_always(void* /*user*/, OTF2_FileType /*type*/, OTF2_LocationRef /*location*/,
                            void* /*caller*/, bool /*final*/) {
  return OTF2_FLUSH;
}

// Of itself the library takes up to 128 MiB a location before it writes anything; one chunk each
// keeps memory small. It asks for another one when the first is full, and writes when there is
// none.
void* allocate_one(void* /*user*/, OTF2_FileType /*type*/, OTF2_LocationRef /*location*/,
                   void** chunk, std::uint64_t bytes) {
  if (*chunk != nullptr) return nullptr;
  *chunk = ::operator new(bytes, std::nothrow);
  return *chunk;
}
void release_one(void* /*user*/, OTF2_FileType /*type*/, OTF2_LocationRef /*location*/,
                 void** chunk, bool /*final*/) {
  ::operator delete(std::exchange(*chunk, nullptr));
}

constexpr OTF2_FlushCallbacks flush_callbacks{flush_always, nullptr};
constexpr OTF2_MemoryCallbacks memory_callbacks{allocate_one, release_one};

/// Keeps the first error of the library; `user` is the text for it. Negative codes are warnings.
OTF2_ErrorCode keep_first(void* user, const char* /*file*/, std::uint64_t /*line*/,
                          const char* /*function*/, OTF2_ErrorCode code, const char* format,
                          std::va_list arguments) {
  auto& first = *static_cast<std::string*>(user);
  if (code <= OTF2_SUCCESS || !first.empty()) return code;
  std::array<char, 512> detail{};
  if (format != nullptr) std::vsnprintf(detail.data(), detail.size(), format, arguments);
  first = OTF2_Error_GetDescription(code);
  if (detail[0] != '\0') first += fmt::format(" ({})", detail.data());
  return code;
}

}  // namespace

Otf2Archive::Otf2Archive(std::filesystem::path folder)
    : folder_{std::move(folder)},
      former_callback_{OTF2_Error_RegisterCallback(keep_first, &first_error_)},
      handle_{OTF2_Archive_Open(folder_.c_str(), "traces", OTF2_FILEMODE_WRITE, chunk_bytes,
                                chunk_bytes, OTF2_SUBSTRATE_POSIX, OTF2_COMPRESSION_NONE)} {
  try {
    if (!handle_) fail(OTF2_ERROR_INVALID);
    check(OTF2_Archive_SetFlushCallbacks(get(), &flush_callbacks, nullptr));
    check(OTF2_Archive_SetMemoryCallbacks(get(), &memory_callbacks, nullptr));
    check(OTF2_Archive_SetSerialCollectiveCallbacks(get()));
  } catch (...) {
    OTF2_Error_RegisterCallback(former_callback_, nullptr);
    throw;
  }
}

Otf2Archive::~Otf2Archive() {
  handle_.reset();
  OTF2_Error_RegisterCallback(former_callback_, nullptr);
}

void Otf2Archive::check(OTF2_ErrorCode code) const {
  if (code != OTF2_SUCCESS || !first_error_.empty()) fail(code);
}

void Otf2Archive::close() { check(OTF2_Archive_Close(handle_.release())); }

void Otf2Archive::fail(OTF2_ErrorCode code) const {
  throw core::Error{
      core::ErrorKind::io,
      fmt::format("cannot write the OTF2 archive in '{}': {}", folder_.string(),
                  first_error_.empty() ? OTF2_Error_GetDescription(code) : first_error_),
      "is there room in that folder, and may you write there?"};
}

}  // namespace foundation::exports::detail
