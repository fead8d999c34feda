/* The tables of store_postgres.c and the function that writes a batch; made by every opening. */
#ifndef DRIVERS_STORE_POSTGRES_SQL_H
#define DRIVERS_STORE_POSTGRES_SQL_H

extern const char store_postgres_sql[];

#endif
