#include "programs/detail/bm25.hpp"

#include <algorithm>
#include <cmath>
#include <filesystem>
#include <fstream>

#include <gmock/gmock.h>

#include "core/error.hpp"
#include "core/random.hpp"

namespace foundation::programs::detail {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Bm25, finds_what_shares_rare_words) {
  const Bm25Index index{{"the cat sat", "the dog sat", "the cat and the dog", "nothing at all"}};
  EXPECT_THAT(index.search("CAT!", 5), ElementsAre(0U, 2U));
  EXPECT_THAT(index.search("the dog", 1), ElementsAre(1U));
  EXPECT_THAT(index.search("unheard of", 5), IsEmpty());
  EXPECT_THAT(index.search("", 5), IsEmpty());
}

TEST(Bm25, equal_scores_keep_the_order_of_the_corpus) {
  const Bm25Index index{{"a b", "a b", "a b"}};
  EXPECT_THAT(index.search("b", 2), ElementsAre(0U, 1U));
}

/// The formula, written down a second time and evaluated for every passage.
std::vector<std::uint32_t> plainly(const std::vector<std::vector<std::string>>& corpus,
                                   const std::vector<std::string>& query, std::size_t count) {
  double total = 0;
  for (const auto& words : corpus) total += static_cast<double>(words.size());
  const double mean = total / static_cast<double>(corpus.size());
  std::vector<std::pair<double, std::uint32_t>> ranked;
  for (std::uint32_t d = 0; d < corpus.size(); ++d) {
    double score = 0;
    for (const std::string& word : query) {
      const auto tf = static_cast<double>(std::count(corpus[d].begin(), corpus[d].end(), word));
      const auto n =
          static_cast<double>(std::count_if(corpus.begin(), corpus.end(), [&](const auto& words) {
            return std::find(words.begin(), words.end(), word) != words.end();
          }));
      const double idf = std::log(1 + (static_cast<double>(corpus.size()) - n + 0.5) / (n + 0.5));
      const double length = static_cast<double>(corpus[d].size()) / mean;
      score += idf * tf * 2.2 / (tf + 1.2 * (0.25 + 0.75 * length));
    }
    if (score > 0) ranked.emplace_back(-score, d);
  }
  std::sort(ranked.begin(), ranked.end());
  std::vector<std::uint32_t> best;
  for (std::size_t i = 0; i < std::min(count, ranked.size()); ++i) best.push_back(ranked[i].second);
  return best;
}

TEST(Bm25, ranks_as_the_formula_says) {
  core::Stream stream{3, core::Purpose::simulate};
  std::vector<std::vector<std::string>> corpus;
  std::vector<std::string> passages;
  for (int d = 0; d < 60; ++d) {
    corpus.emplace_back();
    std::string text;
    for (std::uint64_t w = 0; w < 3 + stream.below(20); ++w) {
      corpus.back().push_back("w" + std::to_string(stream.below(25)));
      text += corpus.back().back() + ", ";
    }
    passages.push_back(text);
  }
  const Bm25Index index{passages};
  for (int q = 0; q < 50; ++q) {
    std::vector<std::string> query;
    std::string text;
    for (int w = 0; w < 4; ++w) {
      query.push_back("w" + std::to_string(stream.below(30)));
      text += query.back() + " ";
    }
    EXPECT_EQ(index.search(text, 7), plainly(corpus, query, 7));
  }
}

TEST(Bm25, corpora_are_told_apart_by_content_and_read_from_json_lines) {
  EXPECT_EQ(Bm25Index({"a", "b"}).digest(), Bm25Index({"a", "b"}).digest());
  EXPECT_NE(Bm25Index({"a", "b"}).digest(), Bm25Index({"ab"}).digest());
  const std::string file = (std::filesystem::current_path() / "bm25_test.jsonl").string();
  std::ofstream{file} << "{\"id\": 1, \"body\": \"one\"}\n{\"id\": 2, \"body\": \"two\"}\n";
  EXPECT_THAT(read_corpus(file, "body"), ElementsAre("one", "two"));
  EXPECT_THROW(static_cast<void>(read_corpus(file, "text")), core::Error);
  std::ofstream{file} << "\n";
  EXPECT_THROW(static_cast<void>(read_corpus(file, "body")), core::Error);
  std::filesystem::remove(file);
  EXPECT_THROW(static_cast<void>(read_corpus(file, "body")), core::Error);
}

}  // namespace
}  // namespace foundation::programs::detail
