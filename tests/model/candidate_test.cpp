#include "model/candidate.hpp"

#include <set>
#include <sstream>

#include <boost/archive/binary_iarchive.hpp>
#include <boost/archive/binary_oarchive.hpp>
#include <boost/serialization/string.hpp>
#include <boost/serialization/vector.hpp>
#include <gtest/gtest.h>

#include "core/codec.hpp"
#include "core/contracts.hpp"
#include "model/candidate_serialize.hpp"

namespace foundation::model {
namespace {

Candidate sample_candidate() {
  return {.index = 12,
          .parent = 0,
          .origin = "bootstrap of 3",
          .assignment = Assignment{{{"shown", Demonstrations{{5, 1, 9}}},
                                    {"rule", std::string{"naive_bayes"}},
                                    {"smoothing", 0.1},
                                    {"neighbours", std::int64_t{-3}},
                                    {"lower_case", true}}}};
}

std::vector<std::byte> encoded(const Candidate& candidate) {
  core::Encoder encoder;
  encoder << candidate;
  return encoder.take();
}

TEST(Assignment, finds_sets_and_replaces) {
  Assignment assignment;
  EXPECT_EQ(assignment.find("a"), nullptr);
  assignment.set("a", 1.0);
  assignment.set("b", true);
  assignment.set("a", 2.0);
  EXPECT_EQ(assignment.settings().size(), 2U);
  EXPECT_EQ(assignment.real("a"), 2.0);
  EXPECT_TRUE(assignment.boolean("b"));
  EXPECT_TRUE(assignment.demonstrations("none").positions.empty());
}

#if FOUNDATION_CONTRACTS
TEST(Assignment, missing_or_mistyped_values_break_the_contract) {
  const Assignment assignment{{{"a", 1.0}}};
  EXPECT_THROW(static_cast<void>(assignment.integer("a")), core::ContractViolation);
  EXPECT_THROW(static_cast<void>(assignment.real("b")), core::ContractViolation);
}
#endif

TEST(Assignment, describes_itself_and_its_difference) {
  const Assignment assignment = sample_candidate().assignment;
  EXPECT_EQ(describe(assignment),
            "shown=[3 demonstrations], rule=naive_bayes, smoothing=0.1, neighbours=-3, "
            "lower_case=true");
  Assignment base = assignment;
  base.set("rule", std::string{"nearest"});
  EXPECT_EQ(describe(assignment, &base), "rule=naive_bayes");
}

TEST(Assignment, digest_covers_names_types_and_values) {
  const auto digest_of = [](std::string name, Value value) {
    return digest(Assignment{{{std::move(name), std::move(value)}}});
  };
  const std::set<core::Digest> digests{digest_of("a", 1.0),
                                       digest_of("b", 1.0),
                                       digest_of("a", true),
                                       digest_of("a", std::int64_t{1}),
                                       digest_of("a", 2.0),
                                       digest_of("a", std::string{"1"}),
                                       digest_of("a", Demonstrations{{1}}),
                                       digest_of("a", Demonstrations{{1, 2}}),
                                       digest_of("a", Demonstrations{{2, 1}}),
                                       digest(Assignment{})};
  EXPECT_EQ(digests.size(), 10U);
}

TEST(Candidate, survives_the_codec) {
  const auto bytes = encoded(sample_candidate());
  core::Decoder decoder{bytes};
  Candidate read;
  decoder >> read;
  decoder.finish();
  EXPECT_EQ(read, sample_candidate());
}

TEST(Candidate, survives_boost_archives) {
  std::stringstream bytes;
  {
    boost::archive::binary_oarchive archive{bytes};
    const Candidate candidate = sample_candidate();
    archive << candidate;
  }
  boost::archive::binary_iarchive archive{bytes};
  Candidate read;
  archive >> read;
  EXPECT_EQ(read, sample_candidate());
}

TEST(Candidate, truncated_bytes_are_corrupt_at_every_length) {
  const auto bytes = encoded(sample_candidate());
  for (std::size_t size = 0; size < bytes.size(); ++size) {
    try {
      core::Decoder decoder{std::span{bytes}.first(size)};
      Candidate read;
      decoder >> read;
      FAIL() << size;
    } catch (const core::Error& error) {
      EXPECT_EQ(error.kind(), core::ErrorKind::corrupt_data) << size;
    }
  }
}

TEST(Candidate, unknown_value_types_are_corrupt) {
  core::Encoder encoder;
  encoder << std::uint32_t{1} << std::string{"a"} << std::uint8_t{std::variant_size_v<Value>};
  core::Decoder decoder{encoder.bytes()};
  std::vector<Setting> settings;
  EXPECT_THROW(decoder >> settings, core::Error);
}

TEST(Value, prints_as_people_read_it) {
  EXPECT_EQ(to_string(Value{0.25}), "0.25");
  EXPECT_EQ(to_string(Value{std::int64_t{12}}), "12");
  EXPECT_EQ(to_string(Value{false}), "false");
  EXPECT_EQ(to_string(Value{std::string{"x"}}), "x");
  EXPECT_EQ(to_string(Value{Demonstrations{{1, 2}}}), "[2 demonstrations]");
}

}  // namespace
}  // namespace foundation::model
