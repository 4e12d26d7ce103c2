# SPDX-License-Identifier: Apache-2.0
"""The rival: the design document's own stack, written as its documents show it.

FastAPI on uvicorn, SQLAlchemy (async, asyncpg) with the document's pool, redis-py, PyJWT. It reads
the same database and the same Redis as the server beside it, and honours the same session hashes,
so that one login serves both.

Settings: PEER_DATABASE_DIR and PEER_REDIS_SOCKET (the embedded servers), PEER_SECRET.
"""

import hashlib
import os
import time
import uuid

import jwt
import redis.asyncio as redis_client
from fastapi import Depends, FastAPI, Header, HTTPException, Response
from sqlalchemy import text
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine

engine = create_async_engine(
    "postgresql+asyncpg://netguru_app@/netguru",
    connect_args={"host": os.environ["PEER_DATABASE_DIR"]},
    pool_size=20,
    max_overflow=10,
    pool_pre_ping=True,
    pool_recycle=3600,
)
sessions = async_sessionmaker(engine, expire_on_commit=False)
redis = redis_client.Redis(unix_socket_path=os.environ["PEER_REDIS_SOCKET"], decode_responses=True)
app = FastAPI()
LIMIT = 100_000_000


async def check_rate_limit(response: Response, user_id: str, endpoint: str) -> None:
    key = f"ratelimit:{user_id}:peer-{endpoint}"
    current = await redis.incr(key)
    if current == 1:
        await redis.expire(key, 60)
    if current > LIMIT:
        raise HTTPException(429, "Rate limit exceeded")
    response.headers["X-RateLimit-Limit"] = str(LIMIT)
    response.headers["X-RateLimit-Remaining"] = str(LIMIT - current)


async def current_user(response: Response, authorization: str = Header()) -> str:
    token = authorization.removeprefix("Bearer ")
    try:
        claims = jwt.decode(token, os.environ["PEER_SECRET"], algorithms=["HS256"])
    except jwt.PyJWTError as error:
        raise HTTPException(401, "invalid token") from error
    user_id, session_id = claims["sub"], claims["sid"]
    digest, expires_at = await redis.hmget(
        f"session:{user_id}", f"{session_id}:access_token", f"{session_id}:expires_at"
    )
    if digest != hashlib.sha256(token.encode()).hexdigest() or int(expires_at) <= time.time():
        raise HTTPException(401, "the session has ended")
    await check_rate_limit(response, user_id, "api")
    return user_id


async def database() -> AsyncSession:
    async with sessions() as session:
        yield session


@app.get("/health/live")
async def live() -> dict:
    return {"status": "live"}


@app.get("/api/v1/users/me")
async def me(user_id: str = Depends(current_user), session: AsyncSession = Depends(database)) -> dict:
    await session.execute(
        text("SELECT set_config('app.current_user_id', :user_id, true)"), {"user_id": user_id}
    )
    row = (
        await session.execute(
            text(
                "SELECT id, email, full_name, plan_tier, is_superuser, created_at, updated_at"
                " FROM users WHERE id = :user_id"
            ),
            {"user_id": uuid.UUID(user_id)},
        )
    ).one()
    return dict(row._mapping)
