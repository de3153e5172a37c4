#include "trace/names.hpp"

#include <atomic>
#include <cstddef>
#include <cstring>
#include <mutex>

#include "trace/recorder.hpp"

// A hash table with open addressing (Knuth, The Art of Computer Programming 3, 6.4) that is twice
// as large as there are ids, so a search ends. Entries are added under a mutex and never change.
namespace foundation::trace {
namespace {

struct Defined {
  std::uint16_t id = 0;
  const char* texts = nullptr;  ///< in the file, as they stand there: name, 0, file, 0, unit, 0
};

Defined append_region(RegionRole role, const char* name, const char* file, std::uint32_t line,
                      const char* unit) noexcept {
  char texts[name_limit + file_limit + unit_limit + 3];
  std::uint32_t bytes = 0;
  const auto add = [&](const char* text, std::size_t limit) {
    const std::size_t size = strnlen(text, limit);
    std::memcpy(texts + bytes, text, size);
    texts[bytes + size] = '\0';
    bytes += static_cast<std::uint32_t>(size + 1);
  };
  add(name, name_limit);
  add(file, file_limit);
  add(unit, unit_limit);
  const RegionDefinition head{detail::take_region_id(), role, line};
  if (head.region == 0) return {};
  const char* const place =
      detail::append(DefinitionType::region, &head, sizeof head, texts, bytes);
  if (place == nullptr) return {};
  return {head.region, place + sizeof head};
}

struct Wanted {
  RegionRole role;
  const char* name;
  std::size_t name_size;
  const char* unit;
  std::size_t unit_size;
};

struct Entry {
  std::atomic<const char*> texts;  ///< in the file: name, 0, file, 0, unit, 0; nullptr: free
  RegionRole role;
  std::uint16_t id;
};

constexpr std::size_t table_size = std::size_t{1} << 17;
Entry table[table_size];  // pages that are not used take no memory
std::mutex mutex;

/// FNV-1a (Fowler, Noll, Vo).
std::uint64_t mix(std::uint64_t hash, const char* bytes, std::size_t size) noexcept {
  for (std::size_t i = 0; i < size; ++i)
    hash = (hash ^ static_cast<unsigned char>(bytes[i])) * 0x100000001B3U;
  return hash;
}

std::size_t first_place(const Wanted& it) noexcept {
  std::uint64_t hash = 0xCBF29CE484222325U ^ static_cast<std::uint64_t>(it.role);
  hash = mix(hash, it.name, it.name_size) + it.name_size;
  hash = mix(hash, it.unit, it.unit_size);
  return (hash ^ hash >> 32U) % table_size;
}

bool is_same(const Entry& entry, const char* texts, const Wanted& it) noexcept {
  const auto matches = [](const char* kept, const char* text, std::size_t size) {
    return std::strlen(kept) == size && std::memcmp(kept, text, size) == 0;
  };
  if (entry.role != it.role || !matches(texts, it.name, it.name_size)) return false;
  const char* const file = texts + it.name_size + 1;
  return matches(file + std::strlen(file) + 1, it.unit, it.unit_size);
}

/// The entry of this name, or the free one where it belongs.
Entry& find(const Wanted& it) noexcept {
  std::size_t place = first_place(it);
  while (true) {
    const char* const texts = table[place].texts.load(std::memory_order_acquire);
    if (texts == nullptr || is_same(table[place], texts, it)) return table[place];
    place = (place + 1) % table_size;
  }
}

bool is_free(const Entry& entry) noexcept {
  return entry.texts.load(std::memory_order_acquire) == nullptr;
}

}  // namespace

std::uint16_t define_region(RegionRole role, const char* name, const char* file, std::uint32_t line,
                            const char* unit) noexcept {
  return append_region(role, name, file, line, unit).id;
}

std::uint32_t id_of_name(RegionRole role, const char* name, const char* unit, const char* file,
                         std::uint32_t line) noexcept {
  if (!is_recording(event_class::all)) return 0;  // above all in a child: its parent's mutex
  const Wanted wanted{role, name, strnlen(name, name_limit), unit, strnlen(unit, unit_limit)};
  if (const Entry& known = find(wanted); !is_free(known)) return known.id;
  const std::lock_guard lock{mutex};
  Entry& entry = find(wanted);
  if (!is_free(entry)) return entry.id;
  const Defined defined = append_region(role, name, file, line, unit);
  if (defined.id == 0) return no_name;
  entry.role = role;
  entry.id = defined.id;
  entry.texts.store(defined.texts, std::memory_order_release);
  return defined.id;
}

}  // namespace foundation::trace
