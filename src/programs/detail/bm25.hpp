#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/hash.hpp"
#include "programs/detail/text_features.hpp"

namespace foundation::programs::detail {

/// Full-text search by Okapi BM25 (Robertson and Zaragoza, "The probabilistic relevance framework:
/// BM25 and beyond", 2009) with k1 = 1.2, b = 0.75 and idf = ln(1 + (N - n + 0.5) / (n + 0.5)),
/// which is never negative. Words are those of text_features.hpp: runs of letters and digits, every
/// non-ASCII character a letter, ASCII capitals made small; nothing is stemmed or left out.
///
/// Immutable once built; the same on every machine. Searching is thread-safe.
class Bm25Index {
 public:
  explicit Bm25Index(std::vector<std::string> passages);

  /// The passages that share a word with the query, best first, `count` at most; equal scores in
  /// the order of the corpus.
  [[nodiscard]] std::vector<std::uint32_t> search(std::string_view query,
                                                  std::uint32_t count) const;
  [[nodiscard]] const std::string& passage(std::uint32_t number) const { return passages_[number]; }
  [[nodiscard]] std::size_t size() const noexcept { return passages_.size(); }
  /// Of all passages in order.
  [[nodiscard]] core::Digest digest() const;

 private:
  struct Posting {
    std::uint32_t passage = 0;
    std::uint32_t occurrences = 0;
  };

  std::vector<std::string> passages_;
  FeatureIndex words_;
  std::vector<std::vector<Posting>> postings_;  ///< by word, passages ascending
  std::vector<double> idf_;                     ///< by word
  std::vector<double> length_factor_;           ///< by passage: k1 (1 - b + b length / mean)
};

/// Reads a JSON Lines corpus: one passage a line in the field `field`. Throws core::Error
/// {bad_input} placed at the first bad line, and for a corpus without passages.
[[nodiscard]] std::vector<std::string> read_corpus(const std::string& file,
                                                   const std::string& field);

}  // namespace foundation::programs::detail
