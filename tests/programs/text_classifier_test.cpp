#include <algorithm>
#include <map>
#include <thread>

#include <gtest/gtest.h>

#include "core/error.hpp"
#include "model/positions.hpp"
#include "programs/program.hpp"

namespace foundation::programs {
namespace {

using model::Assignment;
using model::Demonstrations;
using model::Split;

/// Texts of three topics with words of their own and words they share.
SplitDataset topics(std::uint32_t count, std::uint64_t seed = 1) {
  static const std::map<std::string, std::vector<std::string>> words{
      {"fish", {"trout", "pike", "river", "net", "swim"}},
      {"bird", {"finch", "owl", "nest", "feather", "fly"}},
      {"tree", {"oak", "birch", "leaf", "root", "grow"}}};
  static const std::vector<std::string> shared{"the", "a", "small", "old", "in", "and"};
  core::Stream stream{seed, core::Purpose::simulate};
  Dataset data{.input_names = {"text"}, .label_name = "topic", .examples = {}};
  for (std::uint32_t i = 0; i < count; ++i) {
    const auto& [label, own] = *std::next(words.begin(), static_cast<int>(stream.below(3)));
    std::string text;
    for (int word = 0; word < 6; ++word) {
      text += (stream.chance(0.4) ? own[stream.below(5)] : shared[stream.below(6)]) + " ";
    }
    data.examples.push_back(
        {.id = std::to_string(i), .inputs = {text}, .label = label, .group = {}});
  }
  return split_dataset(std::move(data), {}, seed);
}

class TextClassifier : public testing::Test {
 protected:
  std::unique_ptr<PreparedProgram> prepare(const Assignment& assignment) const {
    return classifier->prepare({.index = 1, .parent = 0, .origin = {}, .assignment = assignment},
                               data);
  }
  std::string answer(const PreparedProgram& program, Split split, std::uint32_t position) const {
    return program
        .run({.example = &data.at(split, position), .split = split, .example_position = position})
        .text;
  }
  std::vector<std::string> answers(const Assignment& assignment, Split split) const {
    const auto program = prepare(assignment);
    std::vector<std::string> result;
    for (std::uint32_t i = 0; i < data.size(split); ++i) {
      result.push_back(answer(*program, split, i));
    }
    return result;
  }
  double accuracy(const Assignment& assignment) const {
    const auto given = answers(assignment, Split::validation);
    double right = 0;
    for (std::uint32_t i = 0; i < given.size(); ++i) {
      right += given[i] == data.at(Split::validation, i).label ? 1 : 0;
    }
    return right / static_cast<double>(given.size());
  }
  Assignment sample(std::uint32_t index) const {
    core::Stream stream{1, core::Purpose::sample, index};
    return space.sample(stream, data.size(Split::train));
  }
  /// The initial assignment with some parameters changed.
  Assignment with(std::vector<model::Setting> settings) const {
    Assignment assignment = space.initial();
    for (model::Setting& setting : settings) assignment.set(setting.name, std::move(setting.value));
    return space.normalised(assignment);
  }
  static Demonstrations first(std::uint32_t count) {
    Demonstrations shown;
    for (std::uint32_t i = 0; i < count; ++i) shown.positions.push_back(i);
    return shown;
  }

  SplitDataset data = topics(400);
  std::unique_ptr<Program> classifier = make_program({.kind = "text_classifier"}, data);
  model::Space space = classifier->space();
};

TEST_F(TextClassifier, space_starts_with_a_plain_default) {
  EXPECT_EQ(model::describe(space.initial()),
            "demonstrations=[0 demonstrations], features=word, word_ngrams=1, weighting=tf, "
            "rule=nearest, neighbours=3");
  for (std::uint32_t i = 0; i < 200; ++i) EXPECT_EQ(space.problem_of(sample(i)), "");
}

TEST_F(TextClassifier, without_demonstrations_it_knows_the_labels_only) {
  EXPECT_EQ(answer(*prepare(space.initial()), Split::validation, 0), "bird");
  const auto one = prepare(with({{"demonstrations", first(1)}}));
  EXPECT_EQ(answer(*one, Split::train, 0), "bird");
  EXPECT_EQ(answer(*one, Split::train, 1), data.at(Split::train, 0).label);
}

TEST_F(TextClassifier, refuses_demonstrations_that_do_not_exist) {
  const auto assignment = with({{"demonstrations", Demonstrations{{0, data.size(Split::train)}}}});
  EXPECT_THROW(static_cast<void>(prepare(assignment)), core::Error);
}

TEST_F(TextClassifier, every_rule_learns_from_demonstrations) {
  for (const char* rule : {"nearest", "naive_bayes", "centroid"}) {
    for (const char* weighting : {"tf", "sublinear", "idf"}) {
      for (const char* features : {"word", "character"}) {
        const auto assignment = with({{"demonstrations", first(90)},
                                      {"rule", std::string{rule}},
                                      {"weighting", std::string{weighting}},
                                      {"features", std::string{features}}});
        EXPECT_GT(accuracy(assignment), 0.75) << model::describe(assignment);
      }
    }
  }
}

TEST_F(TextClassifier, never_sees_the_example_itself_on_the_train_split) {
  for (std::uint32_t draw = 0; draw < 40; ++draw) {
    const Assignment assignment = sample(draw);
    const auto& shown = assignment.demonstrations("demonstrations").positions;
    const auto program = prepare(assignment);
    for (std::size_t i = 0; i < shown.size(); i += 5) {
      Demonstrations others{shown};
      others.positions.erase(others.positions.begin() + static_cast<std::ptrdiff_t>(i));
      Assignment reduced = assignment;
      reduced.set("demonstrations", others);
      EXPECT_EQ(answer(*program, Split::train, shown[i]),
                answer(*prepare(reduced), Split::train, shown[i]))
          << model::describe(assignment);
    }
  }
}

TEST_F(TextClassifier, order_of_demonstrations_plays_no_part) {
  for (std::uint32_t draw = 0; draw < 20; ++draw) {
    Assignment assignment = sample(draw);
    const auto expected = answers(assignment, Split::validation);
    Demonstrations reversed = assignment.demonstrations("demonstrations");
    std::ranges::reverse(reversed.positions);
    assignment.set("demonstrations", reversed);
    EXPECT_EQ(answers(assignment, Split::validation), expected);
  }
}

TEST_F(TextClassifier, may_run_on_many_threads) {
  const auto program = prepare(with({{"demonstrations", first(60)}}));
  const auto expected = answers(with({{"demonstrations", first(60)}}), Split::train);
  std::vector<std::vector<std::string>> given(4);
  std::vector<std::thread> threads;
  threads.reserve(given.size());
  for (auto& mine : given) {
    threads.emplace_back([&] {
      for (std::uint32_t i = 0; i < data.size(Split::train); ++i) {
        mine.push_back(answer(*program, Split::train, i));
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const auto& mine : given) EXPECT_EQ(mine, expected);
}

TEST_F(TextClassifier, answers_are_the_same_in_every_version_of_the_program) {
  core::Hasher hasher;
  for (std::uint32_t draw = 0; draw < 60; ++draw) {
    for (const std::string& text : answers(sample(draw), Split::validation)) {
      hasher.add(std::string_view{text});
    }
  }
  EXPECT_EQ(hasher.digest().hex(), "aec80a97ef7395e49a396b5c4ff25347");
  EXPECT_EQ(classifier->identity(), "text_classifier 1");  // change it with the answers
}

TEST_F(TextClassifier, texts_without_features_get_the_most_frequent_label) {
  data.data.examples[data.order[1][0]].inputs[0] = "?!";
  std::map<std::string, int> counts;
  for (std::uint32_t i = 0; i < 30; ++i) ++counts[data.at(Split::train, i).label];
  const auto most = std::ranges::max_element(
      counts, [](const auto& a, const auto& b) { return a.second < b.second; });
  for (const char* rule : {"nearest", "naive_bayes", "centroid"}) {
    const auto program =
        prepare(with({{"demonstrations", first(30)}, {"rule", std::string{rule}}}));
    EXPECT_EQ(answer(*program, Split::validation, 0), most->first) << rule;
  }
}

TEST(MakeProgram, refuses_what_it_does_not_know) {
  SplitDataset data = topics(20);
  try {
    static_cast<void>(make_program({.kind = "text_clasifier"}, data));
    FAIL();
  } catch (const core::Error& error) {
    EXPECT_EQ(error.hint(), "did you mean 'text_classifier'?");
  }
  data.data.label_name.clear();
  EXPECT_THROW(static_cast<void>(make_program({.kind = "text_classifier"}, data)), core::Error);
}

}  // namespace
}  // namespace foundation::programs
