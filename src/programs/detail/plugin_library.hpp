#pragma once

#include <string>
#include <string_view>
#include <dlfcn.h>

#include "core/unique_handle.hpp"
#include "programs/plugin.hpp"

/// What the host's side of the plugin interface shares: loading a library, and its texts.
namespace foundation::programs::detail {

/// Throws core::Error{bad_input}: the plugin at `path`, `why`.
[[noreturn]] void refuse_plugin(const std::string& path, std::string_view why, std::string hint);

[[nodiscard]] inline plugin::abi::Text plugin_text(std::string_view text) {
  return {text.data(), text.size()};
}
[[nodiscard]] inline std::string from_plugin(plugin::abi::Text text) {
  return {text.data, text.size};
}
/// Appends to `text`, which outlives the sink.
[[nodiscard]] plugin::abi::TextSink into(std::string& text);

/// A loaded library with the table of functions behind one of its entries. The table is valid as
/// long as this lives.
class PluginLibrary {
 public:
  /// `macro` is what a source without that entry lacks. Throws core::Error{bad_input} if there is
  /// no such library, entry or version.
  template <class Table>
  [[nodiscard]] const Table& open(const std::string& path, const char* entry,
                                  std::string_view macro) {
    const auto get = reinterpret_cast<const Table* (*)()>(find(path, entry, macro));
    const Table* table = get();
    check(path, table->version, table->size, sizeof(Table));
    return *table;
  }

 private:
  struct Policy {
    using Raw = void*;
    static Raw null() noexcept { return nullptr; }
    static void close(Raw library) noexcept { ::dlclose(library); }
  };
  void* find(const std::string& path, const char* entry, std::string_view macro);
  static void check(const std::string& path, std::uint32_t version, std::uint32_t size,
                    std::size_t expected_size);

  core::UniqueHandle<Policy> library_;
};

}  // namespace foundation::programs::detail
