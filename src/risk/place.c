#include "risk/place.h"

#include "base/assert.h"

#define DEGREE 100000
#define COSINE_STEP 5 /* degrees between the values below */
#define COSINE_ONE 10000

/* 10000 cos, at 0, 5 ... 90 degrees. */
static const uint32_t cosines[] = {10000, 9962, 9848, 9659, 9397, 9063, 8660, 8192, 7660, 7071,
                                   6428,  5736, 5000, 4226, 3420, 2588, 1736, 872,  0};

bool place_is_known(struct place place)
{
    return place.latitude_e5 != 0 || place.longitude_e5 != 0;
}

bool place_is_sound(struct place place)
{
    return place.latitude_e5 >= -90 * DEGREE && place.latitude_e5 <= 90 * DEGREE &&
           place.longitude_e5 >= -180 * DEGREE && place.longitude_e5 <= 180 * DEGREE;
}

static uint64_t size_of(int64_t number)
{
    return (uint64_t)(number < 0 ? -number : number);
}

/* 10000 cos of an angle, straight between the table's values. */
static uint64_t cosine(uint64_t angle_e5)
{
    uint64_t step = COSINE_STEP * DEGREE;
    uint64_t at = angle_e5 / step;

    if (at + 1 >= sizeof cosines / sizeof cosines[0])
        return 0;
    uint64_t drop = cosines[at] - cosines[at + 1];
    return cosines[at] - drop * (angle_e5 % step) / step;
}

static uint64_t root(uint64_t square)
{
    uint64_t low = 0;
    uint64_t high = UINT32_MAX;

    while (low < high) {
        uint64_t middle = (low + high + 1) / 2;
        if (middle * middle <= square)
            low = middle;
        else
            high = middle - 1;
    }
    return low;
}

uint64_t place_distance_m(struct place a, struct place b)
{
    assert(place_is_sound(a));
    assert(place_is_sound(b));
    uint64_t north = size_of((int64_t)a.latitude_e5 - b.latitude_e5);
    uint64_t east = size_of((int64_t)a.longitude_e5 - b.longitude_e5);
    uint64_t middle = size_of(((int64_t)a.latitude_e5 + b.latitude_e5) / 2);
    if (east > 180U * DEGREE)
        east = 360U * DEGREE - east;
    east = east * cosine(middle) / COSINE_ONE;
    /* 0.00001 degree of a great circle is 1.11195 m. */
    return root(north * north + east * east) * 111195 / DEGREE;
}
