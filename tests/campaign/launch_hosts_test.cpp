#include "campaign/launch_hosts.hpp"

#include <gmock/gmock.h>

#include "core/error.hpp"

namespace foundation::campaign {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using Hosts = std::vector<LaunchHost>;

std::string refusal(const std::function<void()>& call) {
  try {
    call();
  } catch (const core::Error& error) {
    return core::describe(error);
  }
  return "accepted";
}

TEST(LaunchHosts, reads_lists) {
  EXPECT_EQ(parse_hosts("a:2, b.site.org:13,c"), (Hosts{{"a", 2}, {"b.site.org", 13}, {"c", 0}}));
  EXPECT_EQ(parse_hosts("user@n-1_x"), (Hosts{{"user@n-1_x", 0}}));
}

TEST(LaunchHosts, refuses_lists_that_are_none) {
  for (const char* list : {"", " ", "a,,b", "a:", "a:0", "a:x", "a:2:3", "a:-1", "a;b", "-oProxy=x",
                           "a b", "$(x)", "a:99999999999"})
    EXPECT_THAT(refusal([&] { static_cast<void>(parse_hosts(list)); }), HasSubstr("help: write"))
        << list;
  EXPECT_THAT(refusal([] { static_cast<void>(parse_hosts("a:2,a:3")); }), HasSubstr("named twice"));
}

TEST(LaunchHosts, reads_host_files) {
  EXPECT_EQ(parse_host_file("# all\na slots=4\n\n  b:2 # new\r\nc\n", "hosts"),
            (Hosts{{"a", 4}, {"b", 2}, {"c", 0}}));
}

TEST(LaunchHosts, names_the_line_of_a_bad_host_file) {
  const auto read = [](const char* text) {
    return refusal([&] { static_cast<void>(parse_host_file(text, "hosts")); });
  };
  EXPECT_THAT(read("a\nb slots=x\n"), HasSubstr("hosts:2"));
  EXPECT_THAT(read("a\nb max=2\n"), HasSubstr("'b max=2' is no host"));
  EXPECT_THAT(read("a:2 slots=2\n"), HasSubstr("no host"));
  EXPECT_THAT(read("a\n\na\n"), HasSubstr("hosts:3"));
  EXPECT_THAT(read("# nothing\n"), HasSubstr("no host in this file"));
}

TEST(LaunchHosts, shares_out_what_is_not_numbered) {
  EXPECT_EQ(share_out({{"a", 0}, {"b", 0}, {"c", 0}}, 8), (Hosts{{"a", 3}, {"b", 3}, {"c", 2}}));
  EXPECT_EQ(share_out({{"a", 4}, {"b", 0}}, 6), (Hosts{{"a", 4}, {"b", 2}}));
  EXPECT_EQ(share_out({{"a", 0}, {"b", 0}}, 0), (Hosts{{"a", 1}, {"b", 1}}));
  EXPECT_EQ(share_out({{"a", 4}, {"b", 4}}, 5), (Hosts{{"a", 4}, {"b", 4}}))
      << "room for the ranks of a lost host";
  EXPECT_THAT(refusal([] {
                static_cast<void>(share_out({{"a", 2}, {"b", 2}}, 5));
              }),
              HasSubstr("5 ranks do not fit on hosts for 4 (a:2,b:2)"));
}

TEST(LaunchHosts, fills_in_order_and_never_too_much) {
  const Hosts hosts{{"a", 2}, {"b", 3}, {"c", 1}};
  for (std::uint32_t ranks = 0; ranks < 9; ++ranks) {
    const Hosts filled = fill(hosts, ranks);
    EXPECT_EQ(count_ranks(filled), std::min(ranks, 6U));
    for (std::size_t i = 0; i < filled.size(); ++i) {
      EXPECT_EQ(filled[i].name, hosts[i].name);
      EXPECT_LE(filled[i].ranks, hosts[i].ranks);
      EXPECT_GT(filled[i].ranks, 0U);
    }
  }
  EXPECT_EQ(format_hosts(fill(hosts, 4)), "a:2,b:2");
}

}  // namespace
}  // namespace foundation::campaign
