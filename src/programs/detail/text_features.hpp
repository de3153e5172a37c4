#pragma once

#include <cstdint>
#include <limits>
#include <string_view>
#include <vector>

namespace foundation::programs::detail {

/// Which pieces of a text count as its features.
struct FeatureOptions {
  enum class Kind : std::uint8_t { word, character };
  Kind kind = Kind::word;
  std::uint32_t shortest = 1;  ///< n-grams of `shortest` to `longest` words or characters
  std::uint32_t longest = 1;
};

/// Hashes of the features of a text, one for each occurrence, in the order of the text. Words are
/// runs of letters and digits (every non-ASCII character is a letter); only ASCII capitals are
/// made small. Character n-grams run over the words with one space before, between and after
/// them, and never cut a UTF-8 character. Distinct features have distinct 64-bit hashes but for
/// accidents, which are the same on every machine.
[[nodiscard]] std::vector<std::uint64_t> features_of(std::string_view text,
                                                     const FeatureOptions& options);

/// Numbers features 0, 1, 2 ... in the order they are first seen. Open addressing with linear
/// probing over a power of two of slots. Reading is thread-safe.
class FeatureIndex {
 public:
  static constexpr std::uint32_t none = std::numeric_limits<std::uint32_t>::max();

  /// `expected`: an upper bound of the number of features, fixed for the life of the index.
  explicit FeatureIndex(std::size_t expected);

  [[nodiscard]] std::uint32_t add(std::uint64_t feature);
  /// `none` for a feature never added.
  [[nodiscard]] std::uint32_t find(std::uint64_t feature) const noexcept;
  [[nodiscard]] std::uint32_t size() const noexcept { return size_; }

 private:
  struct Slot {
    std::uint64_t feature = 0;
    std::uint32_t number = none;
  };
  /// The slot that holds the feature, or the empty one where it belongs.
  [[nodiscard]] std::size_t slot_of(std::uint64_t feature) const noexcept;

  std::vector<Slot> slots_;
  std::uint32_t size_ = 0;
};

}  // namespace foundation::programs::detail
