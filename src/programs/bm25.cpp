#include "programs/detail/bm25.hpp"

#include <algorithm>
#include <map>
#include <numeric>

#include "core/error.hpp"
#include "core/exact_math.hpp"
#include "programs/detail/text_file.hpp"
#include "programs/records.hpp"

namespace foundation::programs::detail {
namespace {

constexpr double k1 = 1.2;
constexpr double b = 0.75;
constexpr FeatureOptions words{};

std::size_t count_words(const std::vector<std::string>& passages) {
  return std::transform_reduce(
      passages.begin(), passages.end(), std::size_t{0}, std::plus{},
      [](const std::string& passage) { return features_of(passage, words).size(); });
}

}  // namespace

Bm25Index::Bm25Index(std::vector<std::string> passages)
    : passages_{std::move(passages)}, words_{count_words(passages_)} {
  std::vector<std::size_t> lengths;
  for (std::uint32_t number = 0; number < passages_.size(); ++number) {
    const auto features = features_of(passages_[number], words);
    lengths.push_back(features.size());
    for (const std::uint64_t feature : features) {
      const std::uint32_t word = words_.add(feature);
      if (word == postings_.size()) postings_.emplace_back();
      std::vector<Posting>& list = postings_[word];
      if (list.empty() || list.back().passage != number) list.push_back({number, 0});
      ++list.back().occurrences;
    }
  }
  const auto all = static_cast<double>(passages_.size());
  for (const std::vector<Posting>& list : postings_) {
    const auto with = static_cast<double>(list.size());
    idf_.push_back(core::exact::log(1 + (all - with + 0.5) / (with + 0.5)));
  }
  const auto total = static_cast<double>(std::accumulate(lengths.begin(), lengths.end(), 0UL));
  const double mean = std::max(total / std::max(all, 1.0), 1.0);
  for (const std::size_t length : lengths)
    length_factor_.push_back(k1 * (1 - b + b * static_cast<double>(length) / mean));
}

std::vector<std::uint32_t> Bm25Index::search(std::string_view query, std::uint32_t count) const {
  std::map<std::uint32_t, double> scores;  // sums run in the order of the query's words
  for (const std::uint64_t feature : features_of(query, words)) {
    const std::uint32_t word = words_.find(feature);
    if (word == FeatureIndex::none) continue;
    for (const Posting& posting : postings_[word]) {
      const double occurrences = posting.occurrences;
      scores[posting.passage] +=
          idf_[word] * occurrences * (k1 + 1) / (occurrences + length_factor_[posting.passage]);
    }
  }
  std::vector<std::pair<double, std::uint32_t>> ranked;
  ranked.reserve(scores.size());
  for (const auto& [passage, score] : scores) ranked.emplace_back(-score, passage);
  const std::size_t kept = std::min<std::size_t>(count, ranked.size());
  std::ranges::partial_sort(ranked, ranked.begin() + static_cast<std::ptrdiff_t>(kept));
  std::vector<std::uint32_t> best;
  for (std::size_t i = 0; i < kept; ++i) best.push_back(ranked[i].second);
  return best;
}

core::Digest Bm25Index::digest() const {
  core::Hasher hasher;
  hasher.add(passages_.size());
  for (const std::string& passage : passages_) hasher.add(std::string_view{passage});
  return hasher.digest();
}

std::vector<std::string> read_corpus(const std::string& file, const std::string& field) {
  const std::string text = read_text_file(file, "corpus", "the stage's corpus");
  BadLines bad_lines{{.name = file, .text = text}, BadLines::Policy::stop};
  const std::string fields[] = {field};
  std::vector<std::string> passages;
  for (Record& record : read_jsonl(fields, bad_lines))
    passages.push_back(std::move(record.values.front().text));
  if (passages.empty())
    throw core::Error{core::ErrorKind::bad_input,
                      core::Place{.file = file, .line = 0, .column = 0, .text = {}},
                      "the corpus holds no passages"};
  return passages;
}

}  // namespace foundation::programs::detail
