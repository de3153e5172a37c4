#include "capture/window.hpp"

#include <array>
#include <cerrno>
#include <charconv>
#include <span>
#include <sys/random.h>

#include <fmt/format.h>

#include "capture/key_values.hpp"
#include "core/error.hpp"
#include "core/quantity.hpp"

namespace foundation::capture {
namespace {

constexpr std::array<std::string_view, 5> keys = {"participant_timeout", "total_timeout", "label",
                                                  "max_size", "strict"};
constexpr std::span patience_keys = std::span{keys}.first<2>();
constexpr std::size_t id_digits = 16;
constexpr std::size_t label_limit = 200;

core::Error wrong_value(const KeyValue& it, const char* type, const char* hint) {
  return {core::ErrorKind::usage,
          fmt::format("'{}' is no {} for '{}' in the options", it.value.value_or(""), type, it.key),
          hint};
}

std::chrono::nanoseconds span_of(const KeyValue& it) {
  const auto span = core::parse_duration(it.value.value_or(""));
  if (!span || span->count() <= 0) throw wrong_value(it, "time", "write it as 10s or 1m30s");
  return *span;
}

std::uint64_t size_of(const KeyValue& it) {
  const auto size = core::parse_size(it.value.value_or(""));
  if (!size || *size == 0) throw wrong_value(it, "size", "write it as 64MiB");
  return *size;
}

bool truth_of(const KeyValue& it) {
  if (!it.value || *it.value == "true") return true;
  if (*it.value == "false") return false;
  throw wrong_value(it, "truth value", "write true or false, or the key alone for true");
}

std::string label_of(const KeyValue& it) {
  if (!it.value || it.value->empty() || it.value->size() > label_limit)
    throw wrong_value(it, "label", "write label=TEXT, of 200 bytes at most");
  return *it.value;
}

/// False if it is no key of patience.
bool set(Patience& patience, const KeyValue& it) {
  if (it.key == "participant_timeout") {
    patience.participant = span_of(it);
  } else if (it.key == "total_timeout") {
    patience.total = span_of(it);
  } else {
    return false;
  }
  return true;
}

void set(WindowOptions& options, const KeyValue& it) {
  if (set(options.patience, it)) return;
  if (it.key == "label") {
    options.label = label_of(it);
  } else if (it.key == "max_size") {
    options.max_size = size_of(it);
  } else if (it.key == "strict") {
    options.strict = truth_of(it);
  } else {
    throw unknown_key(it.key, "options", keys);
  }
}

}  // namespace

WindowOptions parse_window_options(const std::string& text) {
  WindowOptions options;
  for (const KeyValue& it : parse_key_values(text, ",", "options")) set(options, it);
  return options;
}

Patience parse_patience(const std::string& text, const Patience& otherwise) {
  Patience patience = otherwise;
  for (const KeyValue& it : parse_key_values(text, ",", "options"))
    if (!set(patience, it)) throw unknown_key(it.key, "options", patience_keys);
  return patience;
}

std::uint64_t new_window_id() {
  std::uint64_t id = 0;
  while (id == 0) {
    const ssize_t got = getrandom(&id, sizeof id, 0);
    if (got < 0 && errno != EINTR)
      throw core::system_error("read", "the kernel's random numbers", errno);
    if (got != static_cast<ssize_t>(sizeof id)) id = 0;
  }
  return id;
}

std::optional<std::uint64_t> parse_id(std::string_view text) {
  std::uint64_t id = 0;
  if (text.size() != id_digits) return std::nullopt;
  const auto read = std::from_chars(text.data(), text.data() + text.size(), id, 16);
  if (read.ec != std::errc{} || read.ptr != text.data() + text.size()) return std::nullopt;
  return id;
}

}  // namespace foundation::capture
